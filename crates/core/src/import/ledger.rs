//! Ledgers themselves: what `wrangler d1 export` writes of a Worker's database, whose schema is that of every ledger.
//!
//! Events go through the contract as any other row. Counts that outlive events are taken over as they are, and what is made
//! of events is made anew.

use std::collections::HashMap;
use std::fmt::Write as _;

use askfirst_contract::{Contract, Day, InstallId, Json, Timestamp};

use super::own::{self, Stored};
use super::{Record, drift, json, text};
use crate::id_hash::Tombstone;
use crate::wire::Wire;

/// Sequences are below this until the year 2248; see the first migration.
const MAX_SEQ: i64 = 1 << 53;
/// What is made of the other rows.
const MADE_ANEW: &str = "made anew";

/// What must be known of a ledger before its rows are read, because they name each other by numbers.
///
/// D1 holds 10 GB, which are some ten million installs at the most: 64 bytes each here.
#[derive(Debug, Default)]
pub struct LedgerHead {
    /// The app whose ledger it is. `None` where the export is not of a ledger.
    pub app: Option<String>,
    /// The key of its tombstones.
    pub forgotten_key: Option<[u8; 32]>,
    /// The first day whose sets it keeps.
    pub first_active_day: Option<Day>,
    installs: HashMap<i64, InstallId>,
    values: HashMap<i64, (String, String, bool)>,
}

/// A row of a ledger that is no event.
#[derive(Debug, Clone, PartialEq)]
pub enum LedgerRow {
    /// A count that outlives events.
    Rollup {
        /// The UTC day of receipt.
        day: Day,
        /// Its name.
        metric: String,
        /// The count.
        count: i64,
    },
    /// What became of so many events.
    Outcome {
        /// The UTC day of receipt.
        day: Day,
        /// Outcome, reason, field and client version.
        names: [String; 4],
        /// How many.
        count: i64,
    },
    /// Events and installs of a day with a value.
    Daily {
        /// The UTC day of activity.
        day: Day,
        /// The dimension.
        dimension: String,
        /// The value.
        value: String,
        /// Whether its counts outlive the events.
        is_kept: bool,
        /// How many events and installs.
        counts: [i64; 2],
    },
    /// The counter of flashed radios.
    FlashCounter {
        /// Sessions that are counted.
        sessions: i64,
        /// What was counted before.
        baseline: i64,
    },
    /// Since when a session of a week is known, in milliseconds since 1970.
    WeeklySession(String, String, i64),
    /// Since which UTC day an install is known.
    Install(InstallId, Day),
    /// An install that was erased.
    Forgotten(Tombstone),
    /// A contract that was in force.
    Contract {
        /// Its hash.
        hash: String,
        /// Since when, in milliseconds since 1970.
        since: i64,
        /// Its canonical form.
        text: String,
    },
    /// What was taken over from another service.
    Imported(String, i64),
}

impl LedgerHead {
    /// Whether rows of this table tell what it needs.
    #[must_use]
    pub fn needs(table: &str) -> bool {
        matches!(table, "install" | "value" | "meta")
    }

    /// Takes what it needs of a row.
    pub fn note(&mut self, table: &str, row: &Json<'_>) {
        match table {
            "install" => self.installs.extend(whole(row, "id").zip(install_id(row))),
            "value" => {
                let names = text(row, "dimension").zip(text(row, "value"));
                if let (Some(id), Some((dimension, value))) = (whole(row, "id"), names) {
                    let is_kept = whole(row, "is_kept") == Some(1);
                    self.values.insert(id, (dimension.to_owned(), value.to_owned(), is_kept));
                }
            }
            "meta" => match text(row, "name") {
                Some("app") => self.app = text(row, "value").map(str::to_owned),
                Some("forgotten_key") => self.forgotten_key = bytes(row, "value"),
                Some("first_active_day") => self.first_active_day = day(row, "value"),
                _ => {}
            },
            _ => {}
        }
    }
}

pub(super) fn row(contract: &Contract, wire: Wire, head: &LedgerHead, table: &str, row: &Json<'_>) -> Record {
    let record = match (table, wire) {
        ("event", _) => Some(event(contract, wire, head, row)),
        ("rollup", _) => rollup(row).map(Record::Ledger),
        ("outcome", _) => outcome(row).map(Record::Ledger),
        ("daily", _) => daily(head, row).map(Record::Ledger),
        ("install", _) => install(row).map(Record::Ledger),
        ("forgotten", _) => bytes(row, "hash").map(LedgerRow::Forgotten).map(Record::Ledger),
        ("contract", _) => contract_row(row).map(Record::Ledger),
        ("imported", _) => name(row, "name")
            .zip(whole(row, "value"))
            .map(|(name, value)| Record::Ledger(LedgerRow::Imported(name, value))),
        ("pattern_signatures", Wire::Drift) => Some(drift::pattern_signature(row)),
        ("action_aggregates", Wire::Drift) => Some(drift::action_aggregate(row)),
        ("flash_counter", Wire::Baofeng) => flash_counter(row).map(Record::Ledger),
        ("weekly_session", Wire::Domscribe) => weekly_session(row).map(Record::Ledger),
        // Keys, sets, values and what only its host needs.
        (
            "event_key" | "event_collision" | "install_key" | "install_collision" | "value" | "activity" | "meta"
            | "address_key" | "decision" | "flash_session" | "d1_migrations",
            _,
        ) => Some(Record::skipped(MADE_ANEW)),
        _ => Some(Record::Skipped(table.to_owned().into())),
    };
    record.unwrap_or_else(|| Record::skipped("not readable"))
}

fn event(contract: &Contract, wire: Wire, head: &LedgerHead, row: &Json<'_>) -> Record {
    let (seq, event_type, fields) = (whole(row, "seq"), text(row, "type"), json(row, "fields"));
    let (Some(seq @ 0..MAX_SEQ), Some(event_type), Json::Object(_)) = (seq, event_type, &fields) else {
        return Record::skipped("not readable");
    };
    let install_id = match whole(row, "install").map(|number| head.installs.get(&number)) {
        None => None,
        Some(Some(id)) => Some(id_text(id)),
        Some(None) => return Record::skipped("of an erased install"),
    };
    let id = text(row, "event_id").map(str::to_owned);
    let stored = Stored {
        received_at: Timestamp(seq / 1_024),
        event_type,
        event_id: id.as_deref(),
        number: &seq.to_string(),
        install_id: install_id.as_deref(),
        fields,
    };
    own::stored(contract, wire, stored)
}

fn rollup(row: &Json<'_>) -> Option<LedgerRow> {
    Some(LedgerRow::Rollup { day: day(row, "day")?, metric: name(row, "metric")?, count: count(row, "value")? })
}

fn outcome(row: &Json<'_>) -> Option<LedgerRow> {
    let name = |column| name(row, column);
    let names = [name("outcome")?, name("reason")?, name("field")?, name("client_version")?];
    Some(LedgerRow::Outcome { day: day(row, "day")?, names, count: count(row, "count")? })
}

fn daily(head: &LedgerHead, row: &Json<'_>) -> Option<LedgerRow> {
    let (dimension, value, is_kept) = head.values.get(&whole(row, "value")?)?.clone();
    let counts = [count(row, "events")?, count(row, "installs")?];
    Some(LedgerRow::Daily { day: day(row, "day")?, dimension, value, is_kept, counts })
}

fn install(row: &Json<'_>) -> Option<LedgerRow> {
    Some(LedgerRow::Install(install_id(row)?, day(row, "first_active")?))
}

fn contract_row(row: &Json<'_>) -> Option<LedgerRow> {
    Some(LedgerRow::Contract { hash: name(row, "hash")?, since: count(row, "since")?, text: name(row, "text")? })
}

fn flash_counter(row: &Json<'_>) -> Option<LedgerRow> {
    Some(LedgerRow::FlashCounter { sessions: count(row, "sessions")?, baseline: count(row, "baseline")? })
}

fn weekly_session(row: &Json<'_>) -> Option<LedgerRow> {
    Some(LedgerRow::WeeklySession(name(row, "week")?, name(row, "session_id")?, count(row, "first_seen")?))
}

fn whole(row: &Json<'_>, column: &str) -> Option<i64> {
    row.get(column)?.as_whole()
}

fn count(row: &Json<'_>, column: &str) -> Option<i64> {
    whole(row, column).filter(|count| *count >= 0)
}

fn day(row: &Json<'_>, column: &str) -> Option<Day> {
    i32::try_from(whole(row, column)?).ok().map(Day)
}

fn name(row: &Json<'_>, column: &str) -> Option<String> {
    text(row, column).map(str::to_owned)
}

/// An install id as ledgers store it: a UUID as bytes, any other as text.
fn install_id(row: &Json<'_>) -> Option<InstallId> {
    let uuid = bytes(row, "install_id").map(InstallId::Uuid);
    uuid.or_else(|| name(row, "install_id").map(InstallId::Text))
}

/// The bytes of a column, which are told in hex; see [`super::BLOB`].
fn bytes<const N: usize>(row: &Json<'_>, column: &str) -> Option<[u8; N]> {
    let hex = row.get(column)?.get(super::BLOB)?.as_text()?;
    let mut bytes = [0; N];
    if hex.len() != 2 * N || !hex.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(bytes)
}

/// An install id as clients send it.
fn id_text(id: &InstallId) -> String {
    match id {
        InstallId::Text(text) => text.clone(),
        InstallId::Uuid(bytes) => {
            bytes.iter().enumerate().fold(String::with_capacity(36), |mut uuid, (index, byte)| {
                let hyphen = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
                // Writing to a String has no error to give.
                let _ = write!(uuid, "{hyphen}{byte:02x}");
                uuid
            })
        }
    }
}
