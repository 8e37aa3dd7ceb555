//! Quantities as contracts and configuration write them: `"90d"`, `"64 KiB"`, `"10/h"`.

use std::fmt;

/// A length of time in milliseconds, written as a number and a unit: `ms`, `s`, `min`, `h` or `d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub i64);

/// A size in bytes, written as a number and a unit: `B`, `KiB`, `MiB` or `GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

/// So many in every span of this length that slides along: `10/h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many pass within [`Rate::per`].
    pub count: u32,
    /// A minute, an hour or a day.
    pub per: Span,
}

const SPANS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];
const SIZES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Span {
    /// One hour.
    pub const HOUR: Self = Self(3_600_000);
    /// One day.
    pub const DAY: Self = Self(86_400_000);

    /// Reads `90d`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = split_unit(text)?;
        let (_, length) = SPANS.iter().find(|(name, _)| *name == unit)?;
        i64::try_from(number).ok()?.checked_mul(*length).map(Self)
    }
}

impl ByteSize {
    /// Reads `64 KiB`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = split_unit(text)?;
        let (_, size) = SIZES.iter().find(|(name, _)| *name == unit)?;
        number.checked_mul(*size).map(Self)
    }
}

impl Rate {
    /// Reads `10/h`: at least one, in a minute (`min`), an hour (`h`) or a day (`d`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (count, unit) = text.split_once('/')?;
        let count = digits(count).and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0)?;
        let (_, per) = SPANS.iter().take(3).find(|(name, _)| *name == unit)?;
        Some(Self { count, per: Span(*per) })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, length) = SPANS.iter().find(|(_, length)| self.0 % length == 0).unwrap_or(&SPANS[4]);
        write!(f, "{}{name}", self.0 / length)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, size) = SIZES.iter().find(|(_, size)| self.0.is_multiple_of(*size)).unwrap_or(&SIZES[3]);
        write!(f, "{} {name}", self.0 / size)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = SPANS.iter().find(|(_, length)| *length == self.per.0).map_or("h", |(name, _)| name);
        write!(f, "{}/{unit}", self.count)
    }
}

/// `90d` or `90 d` to (90, "d").
fn split_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(end);
    Some((digits(number)?, unit.strip_prefix(' ').unwrap_or(unit)))
}

/// Digits only: `parse` alone would take a `+`.
fn digits(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantities_need_their_units() {
        assert_eq!(Span::parse("90d"), Some(Span(90 * 86_400_000)));
        assert_eq!(Span::parse("15 min"), Some(Span(900_000)));
        assert_eq!(ByteSize::parse("64 KiB"), Some(ByteSize(65_536)));
        assert_eq!(ByteSize::parse("2 GiB"), Some(ByteSize(2 << 30)));
        assert_eq!(Rate::parse("10/h"), Some(Rate { count: 10, per: Span::HOUR }));
        for text in
            ["", "90", "d", "-1d", "+1d", "1.5h", "90 days", "90  d", "99999999999999999999d", "9223372036854775807d"]
        {
            assert_eq!(Span::parse(text), None, "{text}");
        }
        for text in ["", "64", "64 KB", "64KiB ", "99999999999999999 MiB"] {
            assert_eq!(ByteSize::parse(text), None, "{text}");
        }
        for text in ["", "10", "10/", "0/h", "10/s", "10/2h", "+1/h", "/h", "4294967296/h"] {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn printed_quantities_are_read_again(number in 0..1_000_000_000_i64, size: u32, count in 1..u32::MAX, unit in 0..3_usize) {
            prop_assert_eq!(Span::parse(&Span(number).to_string()), Some(Span(number)));
            let size = ByteSize(size.into());
            prop_assert_eq!(ByteSize::parse(&size.to_string()), Some(size));
            let rate = Rate { count, per: Span(SPANS[unit].1) };
            prop_assert_eq!(Rate::parse(&rate.to_string()), Some(rate));
        }
    }
}
