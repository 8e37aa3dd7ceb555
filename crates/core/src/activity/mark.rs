//! What events are counted by, one mark each, and how marks become sets of installs and counts of days.

use std::collections::BTreeSet;

use askfirst_contract::Day;

use super::{CHUNK, Installs, Values};
use crate::question::{Daily, Range, Sets};

/// An event that names no install.
const NOBODY: u32 = u32::MAX;

/// An event was counted by a value on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    value: u32,
    day: i32,
    /// The number of the install, or [`NOBODY`].
    install: u32,
}

/// Where a set stands: the installs of a chunk that were active with a value on a UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetPlace {
    /// The number of the value.
    pub value: u32,
    /// The day since 1970.
    pub day: i32,
    /// Which [`CHUNK`] of installs.
    pub chunk: u32,
}

/// The sets and the counts of days that a ledger stores.
pub trait Folded {
    /// Why it can't be read or changed.
    type Error;

    /// A set, if there is one.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn find(&self, place: SetPlace) -> Result<Option<Installs>, Self::Error>;

    /// Puts a set in its place.
    ///
    /// # Errors
    ///
    /// Where the store can't be written.
    fn replace(&mut self, place: SetPlace, set: &Installs) -> Result<(), Self::Error>;

    /// Adds events and installs to the counts of a value on a day.
    ///
    /// # Errors
    ///
    /// Where the store can't be written.
    fn add(&mut self, value: u32, day: i32, events: u64, installs: u64) -> Result<(), Self::Error>;
}

impl Mark {
    /// An event of an install, by its number, was counted by a value on a day.
    #[must_use]
    pub fn new(value: u32, day: i32, install: Option<i64>) -> Self {
        Self { value, day, install: install_number(install) }
    }

    /// The number of the value.
    #[must_use]
    pub fn value(self) -> u32 {
        self.value
    }

    fn install(self) -> Option<u32> {
        (self.install != NOBODY).then_some(self.install)
    }

    /// Where the set stands that the install belongs to.
    #[must_use]
    pub fn place(self) -> Option<SetPlace> {
        let install = self.install()?;
        Some(SetPlace { value: self.value, day: self.day, chunk: install / CHUNK })
    }
}

/// The number of an install as it stands in a set.
fn install_number(install: Option<i64>) -> u32 {
    install.and_then(|number| u32::try_from(number).ok()).unwrap_or(NOBODY)
}

/// Takes an install out of a set of its chunk; tells whether it was there.
pub fn take_out(set: &mut Installs, install: i64) -> bool {
    set.remove(install_number(Some(install)))
}

/// The chunk of an install.
#[must_use]
pub fn chunk_of(install: i64) -> u32 {
    install_number(Some(install)) / CHUNK
}

/// Folds marks into sets and counts, those of days before `first_day` into counts of events alone. Sorts them.
///
/// # Errors
///
/// Where the store can't be read or written.
pub fn fold<F: Folded>(marks: &mut [Mark], first_day: i32, into: &mut F) -> Result<(), F::Error> {
    marks.sort_unstable();
    for marks in groups(marks) {
        let Mark { value, day, .. } = marks[0];
        let installs = if day >= first_day { unite(marks, into)? } else { 0 };
        into.add(value, day, marks.len() as u64, installs)?;
    }
    Ok(())
}

/// Adds the installs of marks, all of one value and day and in order, to the sets; gives how many are new.
fn unite<F: Folded>(marks: &[Mark], into: &mut F) -> Result<u64, F::Error> {
    let mut new = 0;
    for marks in marks.chunk_by(|a, b| a.install / CHUNK == b.install / CHUNK) {
        let Some(place) = marks[0].place() else { continue };
        let mut set = into.find(place)?.unwrap_or_default();
        let before = set.len();
        set.extend(marks.iter().filter_map(|mark| mark.install()));
        if set.len() > before {
            into.replace(place, &set)?;
        }
        new += set.len() - before;
    }
    Ok(new)
}

/// Adds marks that are not folded yet, in order, to the sets of a dimension.
pub fn add_to_sets(marks: &[Mark], values: &Values, dimension: &str, range: Range, sets: &mut Sets) {
    let values = values.of(dimension);
    for marks in groups(marks).filter(|marks| range.contains(Day(marks[0].day))) {
        let installs: Installs = marks.iter().filter_map(|mark| mark.install()).collect();
        // As in the sets that are folded, a value is there once an install has it.
        if let Some((value, _)) = values.get(&marks[0].value).filter(|_| !installs.is_empty()) {
            let days = sets.entry((*value).to_owned()).or_default();
            *days.entry(Day(marks[0].day)).or_default() |= installs;
        }
    }
}

/// Adds marks that are not folded yet, in order, to the counts of a dimension; `find` gives the sets that are folded.
///
/// # Errors
///
/// Where a set can't be read.
pub fn add_to_daily<E>(
    marks: &[Mark],
    (values, dimension): (&Values, &str),
    (range, first_day): (Range, i32),
    daily: &mut Daily,
    find: impl Fn(SetPlace) -> Result<Option<Installs>, E>,
) -> Result<(), E> {
    let values = values.of(dimension);
    for (value, _) in values.values().filter(|(_, known)| known.is_kept) {
        daily.entry((*value).to_owned()).or_default();
    }
    for marks in groups(marks).filter(|marks| range.contains(Day(marks[0].day))) {
        let day = marks[0].day;
        let Some((value, known)) = values.get(&marks[0].value) else { continue };
        if known.is_kept || day >= first_day {
            let new = if day < first_day { 0 } else { new_installs(marks, &find)? };
            let count = daily.entry((*value).to_owned()).or_default().entry(Day(day)).or_default();
            count.events += marks.len() as u64;
            count.installs += new;
        }
    }
    Ok(())
}

/// How many installs of marks, all of one value and day, are in no set yet.
fn new_installs<E>(marks: &[Mark], find: impl Fn(SetPlace) -> Result<Option<Installs>, E>) -> Result<u64, E> {
    let mut new = 0;
    let installs: Installs = marks.iter().filter_map(|mark| mark.install()).collect();
    let places: BTreeSet<SetPlace> = marks.iter().filter_map(|mark| mark.place()).collect();
    for place in places {
        let known = find(place)?.unwrap_or_default();
        let first = place.chunk * CHUNK;
        new += installs.range_cardinality(first..=first + (CHUNK - 1));
        new -= installs.intersection_len(&known);
    }
    Ok(new)
}

/// Marks in order, those of each value and day together.
fn groups(marks: &[Mark]) -> impl Iterator<Item = &[Mark]> {
    marks.chunk_by(|a, b| (a.value, a.day) == (b.value, b.day))
}
