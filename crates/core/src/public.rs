//! What a contract declares public, made safe to publish: counts of active installs from which nobody can tell of any
//! group that it is smaller than k, which is [`Public::SMALLEST_GROUP`].
//!
//! Exact counts go in ([`Exact`]), and what may be published comes out ([`publish`]). Four rules lie between:
//!
//! 1. **A week counts once.** Numbers are of whole ISO weeks in UTC, by the time of receipt. Weeks don't overlap, so no
//!    event is counted in two of them. Of a window that slides, such as the last 28 days, neighbours differ by who came
//!    on one day and who was last seen on another; enough of them in a row show that these are few, however they are
//!    rounded. And a week that is over changes no more: all days of the next give the same answer.
//! 2. **An install counts once.** In each table it is in the group of the last value that it reported in the week, or in
//!    `other`. So groups and `other` together are all active installs, and no two have any in common.
//! 3. **No part is smaller than k.** Groups of fewer are counted in `other`. Where that has fewer than k even so, the
//!    smallest of the other groups joins it: it would be the total less the rest. So whichever parts are taken from the
//!    total, what is left are parts too, with k installs or more, or nobody. Even exact numbers would tell no more.
//! 4. **Numbers go in steps of k.** Each of them, the total and `other` too, is rounded down to a multiple of k from its
//!    own exact count; none is made of others. Groups are sorted by what is published of them, not by what is exact. This
//!    is for what lies between tables: one by target beside one by platform, where a reader knows which targets a
//!    platform has; or two weeks, where a reader knows who joined in the second.
//!
//! # Why that is enough
//!
//! Add and subtract published numbers of any weeks and tables: the result is a sum of multiples of k, so it is zero, or
//! at least k. Nor does it show that a smaller group is there. Rounding took 0 to k - 1 off each number, so the exact
//! result is at most k - 1 less than the published one for each number that was subtracted, and k - 1 more for each that
//! was added. Where the published result is k or more, it may be exact, and the group has k or more; where it is zero or
//! less, there may be nobody.
//!
//! The numbers of one table, taken together, say a little more, because its parts make up its total: how much was taken
//! off all parts is known to k - 1. That tells what was taken off a single one only where it is nearly the most it can be
//! for all of them, and then of parts that have k installs or more.
//!
//! # What it is not
//!
//! That a value is not shown says that it has few installs, or none, or that it was the one to join them; not which.
//! Installs are what clients report: who reports as k - 1 that don't exist can see whether there is another one, and
//! limits of events only make that slow. One person with twenty containers is twenty installs. And what is true of all
//! in a group is known of each: a field that tells something private is not for publication.

pub mod page;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use askfirst_contract::{Contract, Day, Dimension, Field, FieldType, IsoWeek, Public, Role, Timestamp};
use serde_json::{Value, json};

use crate::outcome::is_version;
use crate::question::FieldPlaces;

/// The most groups of a table; smaller ones are counted in `other`. A group is at most some hundred bytes of JSON, so a
/// table is some 10 KB; clients choose versions, and could make any number of them.
const MOST_GROUPS: usize = 100;
/// The longest word of a client's choosing that is shown, in bytes.
const LONGEST_WORD: usize = 32;

/// The exact counts of a week, as a ledger has them. They are not for publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    /// The week of receipt, which is over.
    pub week: IsoWeek,
    /// Distinct installs that an event was stored of.
    pub active: u64,
    /// The same installs, by what the contract declares public.
    pub tables: Vec<ExactTable>,
}

/// Active installs by one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactTable {
    /// What they are counted by; [`Dimension::fields`] tells where that stands in events.
    pub by: Dimension,
    /// Each value once, as text (a bool as `true` or `false`), with the number of installs whose last value of the week
    /// it is. Installs that reported none are left out, so this sums up to [`Exact::active`] at the most.
    pub installs: Vec<(String, u64)>,
}

/// What may be published of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The app's id.
    pub app: String,
    /// The name people know it by.
    pub title: String,
    /// The week.
    pub week: IsoWeek,
    /// All active installs.
    pub active: Count,
    /// One for each dimension, in declared order.
    pub tables: Vec<Table>,
}

/// Active installs by one dimension: each is in one group or in `other`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// [`Dimension::name`]
    pub by: String,
    /// Values and their installs, the most first; equal ones by value.
    pub groups: Vec<(String, Count)>,
    /// Installs of all other values, and of none.
    pub other: Count,
}

/// A number of installs that may be published: a multiple of [`Public::SMALLEST_GROUP`], where 0 is any number below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(u64);

impl Count {
    /// Rounds down.
    pub(crate) fn of(exact: u64) -> Self {
        Self(exact - exact % Public::SMALLEST_GROUP)
    }

    /// The number; the exact one is up to 19 more.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

/// What a contract publishes installs by, and where that stands.
#[must_use]
pub fn places(contract: &Contract) -> Vec<(Dimension, FieldPlaces)> {
    let of = |dimension: &Dimension| {
        let fields = dimension.fields(&contract.events);
        let places = fields.map(|(event, field)| (event.name.to_string(), field.path.clone())).collect();
        (dimension.clone(), FieldPlaces { places, is_counts: false })
    };
    contract.public.iter().flat_map(|public| &public.by).map(of).collect()
}

/// The last week that is over: what is published at this time.
#[must_use]
pub fn week_before(now: Timestamp) -> IsoWeek {
    Day(now.day().monday().0 - 1).iso_week()
}

/// Makes exact counts safe to publish; `None` where the contract publishes nothing.
#[must_use]
pub fn publish(contract: &Contract, exact: &Exact) -> Option<Published> {
    let public = contract.public.as_ref()?;
    let tables = public.by.iter().map(|by| {
        let known = exact.tables.iter().find(|table| table.by == *by);
        table(contract, by, known.map_or(&[], |table| &table.installs), exact.active)
    });
    Some(Published {
        app: contract.app.id.clone(),
        title: contract.app.title.clone(),
        week: exact.week,
        active: Count::of(exact.active),
        tables: tables.collect(),
    })
}

fn table(contract: &Contract, by: &Dimension, installs: &[(String, u64)], active: u64) -> Table {
    let is_shown = |value: &str| by.fields(&contract.events).any(|(_, field)| takes(field, value));
    let large = installs.iter().filter(|(value, count)| *count >= Public::SMALLEST_GROUP && is_shown(value));
    let mut groups: Vec<(&str, u64)> = large.map(|(value, count)| (value.as_str(), *count)).collect();
    groups.sort_by_key(|(value, count)| (Reverse(Count::of(*count)), *value));
    groups.truncate(MOST_GROUPS);
    let mut other = active.saturating_sub(groups.iter().map(|(_, count)| count).sum());
    if (1..Public::SMALLEST_GROUP).contains(&other)
        && let Some((_, smallest)) = groups.pop()
    {
        other += smallest;
    }
    Table {
        by: by.name().to_owned(),
        groups: groups.into_iter().map(|(value, count)| (value.to_owned(), Count::of(count))).collect(),
        other: Count::of(other),
    }
}

/// Whether a value of a field may be shown: one that is declared now, or, where clients choose it, one that is no more
/// than a version or a word. They could else write on the app's page.
fn takes(field: &Field, value: &str) -> bool {
    match (&field.kind, field.role) {
        (FieldType::Enum { values }, _) => values.iter().any(|known| known == value),
        (FieldType::Bool, _) => matches!(value, "true" | "false"),
        (_, Some(Role::AppVersion)) => is_version(value),
        _ => is_word(value),
    }
}

/// `linux` or `x86_64-apple-darwin`; not a sentence, and not an address.
fn is_word(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    text.len() <= LONGEST_WORD
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(allowed)
}

impl Published {
    /// The names of the columns of [`Self::rows`].
    pub const COLUMNS: [&'static str; 5] = ["week", "kind", "by", "value", "installs"];

    /// The days of the week, from Monday to Sunday.
    #[must_use]
    pub fn days(&self) -> RangeInclusive<Day> {
        let monday = self.week.monday();
        monday..=Day(monday.0 + 6)
    }

    /// All of it as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let days = self.days();
        json!({
            "app": self.app,
            "title": self.title,
            "week": self.week.to_string(),
            "first_day": days.start().to_string(),
            "last_day": days.end().to_string(),
            "smallest_group": Public::SMALLEST_GROUP,
            "active": self.active.get(),
            "tables": self.tables.iter().map(Table::to_json).collect::<Vec<_>>(),
        })
    }

    /// All of it as rows of a table, such as CSV: one of the kind `active`, then for each dimension some of the kind
    /// `group` and one of the kind `other`.
    #[must_use]
    pub fn rows(&self) -> Vec<[String; 5]> {
        let week = self.week.to_string();
        let row = |kind: &str, by: &str, value: &str, count: Count| {
            [week.clone(), kind.to_owned(), by.to_owned(), value.to_owned(), count.get().to_string()]
        };
        let mut rows = vec![row("active", "", "", self.active)];
        for table in &self.tables {
            rows.extend(table.groups.iter().map(|(value, count)| row("group", &table.by, value, *count)));
            rows.push(row("other", &table.by, "", table.other));
        }
        rows
    }
}

impl Table {
    fn to_json(&self) -> Value {
        let group = |(value, count): &(String, Count)| json!({ "value": value, "installs": count.get() });
        json!({
            "by": self.by,
            "groups": self.groups.iter().map(group).collect::<Vec<_>>(),
            "other": self.other.get(),
        })
    }
}
