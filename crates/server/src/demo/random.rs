//! Randomness that follows from a seed.

/// The step of `SplitMix64`: 2^64 divided by the golden ratio.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// `SplitMix64` (Steele, Lea and Flood, 2014): small, and good enough to make up a population.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The randomness of one thing. The numbers name it, so it is the same whatever was asked before.
    pub(super) fn of<const N: usize>(name: [u64; N]) -> Self {
        Self(name.into_iter().fold(0, |state, number| mix(state ^ number.wrapping_add(STEP))))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number from 0 to `bound` - 1, for bounds below 2^32.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        ((self.next() >> 32) * bound) >> 32
    }

    /// A number of a range, for ranges shorter than 2^32.
    pub(super) fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.below(range.end - range.start)
    }

    /// Whether something comes true that does so in so many of 1,000 cases.
    pub(super) fn chance(&mut self, of_1000: u64) -> bool {
        self.below(1_000) < of_1000
    }

    /// One of several, each as often as its share of all shares.
    pub(super) fn pick<T: Clone>(&mut self, shares: &[(u64, T)]) -> T {
        let mut left = self.below(shares.iter().map(|(share, _)| share).sum());
        for (share, choice) in shares {
            match left.checked_sub(*share) {
                Some(rest) => left = rest,
                None => return choice.clone(),
            }
        }
        unreachable!("what is left is less than all shares")
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_kept() {
        let mut random = Random::of([1]);
        let picked: Vec<_> = (0..10_000).map(|_| random.pick(&[(700, 'a'), (0, 'b'), (300, 'c')])).collect();
        let count = |choice| picked.iter().filter(|picked| **picked == choice).count();
        assert!((6_800..7_200).contains(&count('a')) && count('b') == 0, "{} of a", count('a'));
        assert!((0..10_000).all(|_| (5..8).contains(&random.within(5..8))));
    }

    #[test]
    fn what_is_named_differently_is_different() {
        let mut seen: Vec<u64> = (0..100).flat_map(|a| (0..100).map(move |b| Random::of([a, b]).next())).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 10_000);
    }
}
