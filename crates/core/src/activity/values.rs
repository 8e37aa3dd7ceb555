//! The values of dimensions, and their numbers.

use hashbrown::HashMap;

use super::Counted;

/// Values of a dimension at the most; further ones count as [`OTHER`]. Texts are made up by clients, and each value takes
/// about 200 bytes in memory and in a ledger, and a row a day.
const MAX_VALUES: usize = 10_000;

/// What values beyond [`MAX_VALUES`] count as.
const OTHER: &str = "other";

/// The values of dimensions and their numbers, as far as a ledger has them.
#[derive(Debug, Clone, Default)]
pub struct Values {
    of: HashMap<String, HashMap<String, Numbered>>,
    next: u32,
}

/// A value by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// Its number.
    pub number: u32,
    /// Whether its counts outlive the events.
    pub is_kept: bool,
}

/// What a ledger has to store of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted<'v> {
    /// Nothing: it is there.
    Known,
    /// The value, under its number: it is new.
    New(&'v str),
    /// That its counts are kept from now on.
    Kept,
}

impl Values {
    /// Takes a value as it is stored.
    pub fn insert(&mut self, dimension: String, value: String, known: Numbered) {
        self.next = self.next.max(known.number + 1);
        self.of.entry(dimension).or_default().insert(value, known);
    }

    /// Gives no number that was given already, though its value may be gone.
    pub fn go_on_from(&mut self, before: &Self) {
        self.next = self.next.max(before.next);
    }

    /// The number of a value that is known, or of what it counts as.
    #[must_use]
    pub fn known(&self, counted: Counted<'_>) -> Option<u32> {
        let values = self.of.get(counted.dimension)?;
        values.get(counted.value).or_else(|| values.get(OTHER)).map(|known| known.number)
    }

    /// The values of a dimension by their numbers.
    #[must_use]
    pub fn of(&self, dimension: &str) -> HashMap<u32, (&str, Numbered)> {
        let values = self.of.get(dimension).into_iter().flatten();
        values.map(|(value, known)| (known.number, (value.as_str(), *known))).collect()
    }

    /// All values: dimension, value, number.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, Numbered)> {
        self.of.iter().flat_map(|(dimension, values)| {
            values.iter().map(move |(value, known)| (dimension.as_str(), value.as_str(), *known))
        })
    }

    /// The number of what an event is counted by, and what is to be stored for it.
    pub fn note<'e>(&mut self, counted: Counted<'e>) -> (u32, Noted<'e>) {
        let mut value = counted.value;
        if let Some(values) = self.of.get_mut(counted.dimension) {
            if let Some(known) = values.get_mut(value) {
                let is_news = counted.is_kept && !known.is_kept;
                known.is_kept |= counted.is_kept;
                return (known.number, if is_news { Noted::Kept } else { Noted::Known });
            }
            if values.len() >= MAX_VALUES {
                value = OTHER;
                if let Some(known) = values.get(value) {
                    return (known.number, Noted::Known);
                }
            }
        }
        let known = Numbered { number: self.next, is_kept: counted.is_kept };
        self.next += 1;
        self.of.entry(counted.dimension.to_owned()).or_default().insert(value.to_owned(), known);
        (known.number, Noted::New(value))
    }
}
