//! Buckets that numbers fall into, with round bounds: 1, 2 and 5, times powers of ten.

/// More buckets than anybody compares at a glance are not told apart.
pub(super) const MAX_BUCKETS: usize = 24;
/// The numbers are spread widely where the largest is more than so many times the smallest.
const WIDE: f64 = 100.0;
/// Up to here, whole numbers are told apart: 2^53.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;
/// The place of 1e-323 among the round numbers; below it, they are not told apart.
const SMALLEST: i32 = -969;
/// How many round numbers there are from one bound to the next on a scale of powers: all of them, each power of ten, each
/// second, fifth and so on. The widest spread, from 5e-324 to 1.8e308, has 1,900 of them: 13 times 150.
const STRIDES: [i32; 7] = [1, 3, 6, 15, 30, 60, 150];

/// The bounds of buckets for numbers from `least` to `most`, which are finite: ascending, two to 25, the first not above the
/// least, the last not below the most.
///
/// Whole numbers that are few have a bucket each. Positive ones that are spread widely are on a scale of powers; all others
/// are in buckets of equal width.
pub(super) fn bounds(least: f64, most: f64, are_whole: bool) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "24")]
    let few = MAX_BUCKETS as f64;
    let is_exact = least.abs().max(most.abs()) < MAX_WHOLE;
    let mut bounds = if are_whole && is_exact && most - least < few {
        std::iter::successors(Some(least), |bound| Some(bound + 1.0)).take_while(|bound| *bound <= most + 1.0).collect()
    } else if least > 0.0 && most / least > WIDE {
        by_powers(least, most)
    } else {
        by_steps(least, most)
    };
    // Past the largest number there is, or at a zero that is negative, nothing is round.
    for bound in &mut bounds {
        *bound = bound.clamp(f64::MIN, f64::MAX) + 0.0;
    }
    // Of numbers that lie next to each other, some bounds between them are the same.
    bounds.dedup();
    bounds
}

fn by_powers(least: f64, most: f64) -> Vec<f64> {
    let mut bounds = Vec::new();
    for stride in STRIDES {
        let first = round_below(least).div_euclid(stride);
        let after = (first + 1..).map(|place| round(place * stride));
        bounds = vec![round(first * stride)];
        for bound in after {
            bounds.push(bound);
            if bound >= most || bounds.len() > MAX_BUCKETS + 1 {
                break;
            }
        }
        if bounds.len() <= MAX_BUCKETS + 1 {
            break;
        }
    }
    bounds
}

fn by_steps(least: f64, most: f64) -> Vec<f64> {
    let spread = most - least;
    let width = match spread {
        0.0 if least == 0.0 => 1.0,
        0.0 => least.abs(),
        spread if spread.is_finite() => spread / 24.0,
        _ => most / 24.0 - least / 24.0,
    };
    let mut place = if width > 0.0 { round_below(width).max(SMALLEST) } else { SMALLEST };
    loop {
        let first = multiple_below(least, place);
        let mut bounds = vec![multiple(first, place)];
        for times in first + 1.. {
            bounds.push(multiple(times, place));
            if multiple(times, place) >= most || bounds.len() > MAX_BUCKETS + 1 {
                break;
            }
        }
        if bounds.len() <= MAX_BUCKETS + 1 {
            return bounds;
        }
        place += 1;
    }
}

/// The round number of a place: 1 of 0, then 2, 5, 10; 0.5 of -1.
fn round(place: i32) -> f64 {
    multiple(1, place)
}

/// So many times the round number of a place, as near as numbers come to it; infinite past the largest there is.
fn multiple(times: i128, place: i32) -> f64 {
    let digit = [1, 2, 5][usize::try_from(place.rem_euclid(3)).unwrap_or(0)];
    // To read it from decimals is exact; to multiply is not.
    let decimals = format!("{}e{}", times * digit, place.div_euclid(3));
    decimals.parse().unwrap_or(0.0)
}

/// The place of the largest round number that is not above a positive one.
fn round_below(number: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "from -324 to 308")]
    let mut place = number.log10().floor() as i32 * 3;
    // The logarithm may be rounded over a power of ten.
    while round(place) > number {
        place -= 1;
    }
    while round(place + 1) <= number {
        place += 1;
    }
    place
}

/// How many times the round number of a place is not above a number.
fn multiple_below(number: f64, place: i32) -> i128 {
    #[expect(clippy::cast_possible_truncation, reason = "at most some 2^53 times 24, as numbers are that far apart")]
    let mut times = (number / round(place)).floor() as i128;
    while multiple(times, place) > number {
        times -= 1;
    }
    while multiple(times + 1, place) <= number {
        times += 1;
    }
    times
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bounds_are_round() {
        for (least, most, are_whole, expected) in [
            (1.0, 5.0, true, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0][..]),
            (-1.0, 1.0, true, &[-1.0, 0.0, 1.0, 2.0]),
            (7.0, 7.0, true, &[7.0, 8.0]),
            (0.0, 0.0, true, &[0.0, 1.0]),
            (0.5, 0.5, false, &[0.5, 1.0]),
            (
                0.3,
                2.6,
                false,
                &[
                    0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2,
                    2.3, 2.4, 2.5, 2.6,
                ],
            ),
            (
                0.0,
                95.0,
                true,
                &[
                    0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0, 80.0,
                    85.0, 90.0, 95.0,
                ],
            ),
            (0.125, 820.0, false, &[0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0]),
            (
                1.0,
                1e6,
                true,
                &[
                    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5,
                    1e6,
                ],
            ),
            (1e-3, 3e9, false, &[1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10]),
        ] {
            assert_eq!(bounds(least, most, are_whole), expected, "{least} to {most}");
        }
    }

    /// Any finite number, many of them near each other.
    fn number() -> impl Strategy<Value = f64> {
        let any = any::<f64>().prop_filter("finite", |number| number.is_finite());
        let edges = vec![0.0, -0.0, f64::MAX, f64::MIN, 5e-324, f64::MIN_POSITIVE, 1e15, 9e15, 1e16];
        prop_oneof![
            2 => any,
            2 => (-1_000_000..1_000_000_i32, 0..9_i32).prop_map(|(units, exponent)| f64::from(units) / 10_f64.powi(exponent)),
            2 => (0..60_i32).prop_map(f64::from),
            1 => prop::sample::select(edges),
            1 => (0..64_u64, prop::sample::select(vec![1.0_f64, 1e15, 1e300, 0.1]))
                .prop_map(|(ulps, base)| f64::from_bits(base.to_bits() + ulps)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

        #[test]
        fn every_number_falls_into_one_bucket_of_few((a, b) in (number(), number())) {
            let (least, most) = (a.min(b), a.max(b));
            let bounds = bounds(least, most, least.fract() == 0.0 && most.fract() == 0.0);
            prop_assert!((2..=MAX_BUCKETS + 1).contains(&bounds.len()), "{:?}", bounds);
            prop_assert!(bounds.iter().all(|bound| bound.is_finite()), "{:?}", bounds);
            prop_assert!(bounds.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", bounds);
            prop_assert!(bounds[0] <= least && most <= bounds[bounds.len() - 1], "{:?}", bounds);
            // None is there for nothing.
            let inner = &bounds[1..bounds.len() - 1];
            prop_assert!(inner.iter().all(|bound| least < *bound && *bound <= most), "{:?}", bounds);
        }

        #[test]
        fn few_whole_numbers_have_a_bucket_each(least in -1_000_000..1_000_000_i32, spread in 0..24_i32) {
            let each: Vec<f64> = (least..=least + spread + 1).map(f64::from).collect();
            prop_assert_eq!(bounds(f64::from(least), f64::from(least + spread), true), each);
        }

        #[test]
        fn bounds_have_one_digit_on_a_scale_of_powers(least in 1e-9..1.0_f64, factor in 101.0..1e20_f64) {
            for bound in bounds(least, least * factor, false) {
                let text = format!("{bound:e}");
                prop_assert!(["1e", "2e", "5e"].iter().any(|digit| text.starts_with(digit)), "{}", text);
            }
        }

        #[test]
        fn buckets_of_equal_width_are_as_narrow_as_few_can_be(least in -1e6..1e6_f64, spread in 1e-3..1e6_f64) {
            let most = least + spread;
            prop_assume!(least <= 0.0 || most / least <= WIDE);
            let buckets = bounds(least, most, false).len() - 1;
            prop_assert!((8..=MAX_BUCKETS).contains(&buckets), "{}", buckets);
        }
    }
}
