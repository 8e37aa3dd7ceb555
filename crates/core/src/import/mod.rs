//! Taking over what the released services, or another askfirst, stored: from a row of their exports to what a ledger stores.
//! The contract holds for it as for anything else, by the time it was received; nothing else is carried over.

mod baofeng;
mod domscribe;
mod drift;
mod ledger;
mod own;
mod voicemode;

use std::borrow::Cow;
use std::collections::HashMap;

use askfirst_contract::{Contract, Json, Timestamp};

use crate::ledger::{Candidate, Event, Key};
use crate::wire::Wire;

pub use self::ledger::{LedgerHead, LedgerRow};

/// The name of the table that askfirst's own exports are.
pub const OWN: &str = "askfirst";

/// The member that an object has in place of a blob: its bytes in hex.
pub const BLOB: &str = "hex";

/// What a row of an export becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// An event that was received then.
    Event(Candidate, Timestamp),
    /// The success of a session, which counts for ever, even where its event is too old to be kept.
    Flash {
        /// The session.
        session: String,
        /// Its event, and when it was received.
        event: (Candidate, Timestamp),
        /// Whether the event is too old to be kept.
        is_expired: bool,
    },
    /// A row of a table that is derived from events.
    Derived(Derived),
    /// Any other row of a ledger.
    Ledger(LedgerRow),
    /// Nothing; the word says why, or names the table that is not taken over.
    Skipped(Cow<'static, str>),
}

impl Record {
    fn skipped(why: &'static str) -> Self {
        Self::Skipped(Cow::Borrowed(why))
    }
}

/// A row of a table that is derived from events.
#[derive(Debug, Clone, PartialEq)]
pub enum Derived {
    /// A count of a day.
    DailyStat {
        /// The UTC day.
        day: askfirst_contract::Day,
        /// Its name.
        metric: String,
        /// The count.
        value: i64,
    },
    /// A row of `pattern_signatures`: its columns in their order.
    PatternSignature(Vec<Scalar>),
    /// A row of `action_aggregates`: its columns in their order.
    ActionAggregate(Vec<Scalar>),
}

/// A value of a derived table.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// Reads the rows of one export in their order.
#[derive(Debug)]
pub struct Import<'c> {
    contract: &'c Contract,
    wire: Wire,
    /// How often each content was there: equal events stay as many as they were.
    seen: HashMap<String, u32>,
    /// The ledger whose dump it is.
    ledger: Option<&'c LedgerHead>,
    now: Timestamp,
}

impl<'c> Import<'c> {
    /// Begins to read an export of an app's released service.
    #[must_use]
    pub fn new(contract: &'c Contract, wire: Wire, now: Timestamp) -> Self {
        Self { contract, wire, seen: HashMap::new(), ledger: None, now }
    }

    /// The same, where the export is the dump of a ledger.
    #[must_use]
    pub fn of_ledger(self, ledger: Option<&'c LedgerHead>) -> Self {
        Self { ledger, ..self }
    }

    /// What a row becomes: a JSON object of its columns.
    pub fn read(&mut self, table: &str, row: &Json<'_>) -> Record {
        let record = match self.ledger {
            Some(head) => ledger::row(self.contract, self.wire, head, table, row),
            None => self.of_service(table, row),
        };
        match record {
            Record::Event(_, received_at) if self.is_expired(received_at) => Record::skipped("expired"),
            Record::Flash { session, event, .. } => {
                let is_expired = self.is_expired(event.1);
                Record::Flash { session, event, is_expired }
            }
            record => record,
        }
    }

    fn of_service(&mut self, table: &str, row: &Json<'_>) -> Record {
        match (self.wire, table) {
            (Wire::Voicemode, "events") => voicemode::event(self.contract, row),
            (Wire::Drift, "events") => drift::event(self.contract, row, &mut self.seen),
            (Wire::Drift, "daily_stats") => drift::daily_stat(row),
            (Wire::Drift, "pattern_signatures") => drift::pattern_signature(row),
            (Wire::Drift, "action_aggregates") => drift::action_aggregate(row),
            (Wire::Baofeng, "telemetry_events") => baofeng::telemetry_event(self.contract, row),
            (Wire::Baofeng, "client_logs") => baofeng::client_log(self.contract, row),
            (Wire::Domscribe, "sessions") => domscribe::session(self.contract, row),
            (_, OWN) => own::event(self.contract, self.wire, row),
            _ => Record::Skipped(Cow::Owned(table.to_owned())),
        }
    }

    /// Whether retention would delete at once what was received then.
    fn is_expired(&self, received_at: Timestamp) -> bool {
        self.now.0.saturating_sub(received_at.0) > self.contract.policy.retention.0
    }
}

/// An event under the id that it had.
fn once(id: String, event: Candidate) -> Candidate {
    event.map(|event| Event { key: Key::Once(id), ..event })
}

/// A column's text.
fn text<'j>(row: &'j Json<'_>, column: &str) -> Option<&'j str> {
    row.get(column).and_then(Json::as_text)
}

/// A column of JSON text, as JSON; some exports hold it as JSON already.
fn json<'j>(row: &'j Json<'_>, column: &str) -> Json<'j> {
    match row.get(column) {
        Some(Json::Text(text)) => Json::parse(text.as_bytes()).unwrap_or(Json::Null),
        Some(json) => json.clone(),
        None => Json::Null,
    }
}

/// A column's time: ISO 8601, or as SQLite's `datetime` writes it.
fn time(row: &Json<'_>, column: &str) -> Option<Timestamp> {
    let text = text(row, column)?;
    Timestamp::parse(text).or_else(|| Timestamp::parse(&text.replacen(' ', "T", 1)))
}
