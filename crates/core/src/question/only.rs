//! Which installs and events a question is about: those with some values of dimensions.
//!
//! Installs have a value on the days on which they reported it, so installs with two values are those that reported both on
//! the same day, if in two events. An event has at most one value of a dimension.

use std::collections::BTreeMap;
use std::ops::BitOrAssign;

use askfirst_contract::{Day, Role};

use super::{Facts, FieldPlaces, Range, Sets};
use crate::activity::Installs;

/// Only what has one of the values in each of the dimensions; everything, where there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Only {
    /// Each dimension once.
    pub dimensions: Vec<OneOf>,
}

/// Some values of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOf {
    /// The dimension.
    pub dimension: String,
    /// Its values, each once.
    pub values: Vec<String>,
    /// Where events tell of it; nowhere, where it is the type.
    pub field: FieldPlaces,
}

impl Only {
    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.dimensions.is_empty()
    }

    /// The installs that were active with each value of a dimension, those that are meant; values that none of them had are
    /// left out.
    pub(super) fn sets<F: Facts>(&self, facts: &F, dimension: &str, range: Range) -> Result<Sets, F::Error> {
        let mut sets = facts.sets(dimension, range)?;
        if !self.is_everything() {
            let active = active_by_day(facts, range, self)?;
            for (day, installs) in sets.values_mut().flatten() {
                *installs &= active.get(day).cloned().unwrap_or_default();
            }
            sets.retain(|_, days| days.values().any(|installs| !installs.is_empty()));
        }
        Ok(sets)
    }
}

/// The installs that were active on each day, those that are meant.
pub(super) fn active_by_day<F: Facts>(
    facts: &F,
    range: Range,
    only: &Only,
) -> Result<BTreeMap<Day, Installs>, F::Error> {
    let mut active = by_day(facts.sets(Role::Runtime.name(), range)?.into_values().flatten());
    for one_of in &only.dimensions {
        let sets = facts.sets(&one_of.dimension, range)?;
        let sets = sets.into_iter().filter(|(value, _)| one_of.values.contains(value));
        let mut allowed = by_day(sets.flat_map(|(_, days)| days));
        for (day, installs) in &mut active {
            *installs &= allowed.remove(day).unwrap_or_default();
        }
    }
    Ok(active)
}

/// The installs of several values together, by day.
pub(super) fn by_day<I>(sets: impl Iterator<Item = (Day, I)>) -> BTreeMap<Day, Installs>
where
    Installs: BitOrAssign<I>,
{
    let mut all = BTreeMap::<Day, Installs>::new();
    for (day, installs) in sets {
        *all.entry(day).or_default() |= installs;
    }
    all
}
