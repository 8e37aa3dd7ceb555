//! Statements of ledgers on D1, where a transaction is one batch of statements that are sent together.

use super::MIGRATIONS;
use crate::wire::Wire;

/// The migrations that make the ledger of an app which speaks a wire, as `wrangler d1 migrations` applies them: names of
/// files and SQL, in their order.
///
/// D1 remembers by name what was applied, so a name is given once. Therefore the ledger's, those of D1 alone and the
/// wire's are numbered apart: where one of them gets another file, the names of the others stay.
#[must_use]
pub fn migration_files(wire: Wire) -> Vec<(String, &'static str)> {
    let of_ledger = MIGRATIONS.into_iter().zip(1_u32..).map(|(text, number)| (format!("{number:04}_ledger.sql"), text));
    let of_d1 = [("1001_append.sql", APPEND), ("2001_wire.sql", wire.tables())];
    let of_d1 = of_d1.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), text));
    of_ledger.chain(of_d1).collect()
}

/// What D1 needs beside [`super::MIGRATIONS`]: a migration of its own.
pub const APPEND: &str = include_str!("edge/append.sql");

/// Decides and stores events: `?1` the events as JSON, `?2` the time in milliseconds, `?3` the number of the contract,
/// `?4` its types as JSON, `?5` and `?6` the hashes of the address, `?7` to `?10` the limits of installs and addresses
/// with their windows in milliseconds.
pub const INSERT_INCOMING: &str = include_str!("edge/insert_incoming.sql");

/// What was decided about the first events of the last batch: `?1` how many.
pub const DECISIONS: &str = "SELECT verdict, wait FROM decision WHERE place < ?1 ORDER BY place";

/// Counts what became of a batch: `?1` its events as JSON, `?2` counts of what was refused before as JSON, `?3` the day.
pub const ADD_TO_OUTCOMES: &str = include_str!("edge/add_to_outcomes.sql");

/// Notes the app the ledger belongs to, the first time: `?1`.
pub const NOTE_APP: &str = "INSERT OR IGNORE INTO meta (name, value) VALUES ('app', ?1)";

/// Whose ledger it is.
pub const APP: &str = "SELECT value FROM meta WHERE name = 'app'";

/// Notes a contract, the first time: `?1` hash, `?2` time, `?3` text.
pub const NOTE_CONTRACT: &str = "INSERT OR IGNORE INTO contract (hash, since, text) VALUES (?1, ?2, ?3)";

/// The number of a contract: `?1` hash.
pub const CONTRACT: &str = "SELECT id FROM contract WHERE hash = ?1";

/// Notes the key of tombstones, the first time: `?1`.
pub const NOTE_FORGOTTEN_KEY: &str = "INSERT OR IGNORE INTO meta (name, value) VALUES ('forgotten_key', ?1)";

/// The key of tombstones.
pub const FORGOTTEN_KEY: &str = "SELECT value FROM meta WHERE name = 'forgotten_key'";

/// Notes the key of a day's addresses, the first time: `?1` day, `?2` key.
pub const NOTE_ADDRESS_KEY: &str = "INSERT OR IGNORE INTO address_key (day, secret) VALUES (?1, ?2)";

/// The keys of addresses.
pub const ADDRESS_KEYS: &str = "SELECT day, secret FROM address_key";

/// Fails where there are events: a whole ledger is loaded into an empty one.
pub const REFUSE_WITH_EVENTS: &str = "SELECT json_extract('{}', iif(EXISTS (SELECT 1 FROM event), \
     'there are events in this database: load the file into a new one', '$'))";

/// The events of a ledger, without the hashes of addresses, whose keys stay where they were made.
pub const DUMP_EVENT: &str =
    "SELECT seq, event_id, type, install, occurred_at, contract, fields FROM event ORDER BY seq";

/// The ids of events that are found by their hash, with their sequence.
pub const DUMP_EVENT_ID: &str = "SELECT event_id, seq FROM event \
     WHERE event_id IS NOT NULL AND event_id NOT IN (SELECT event_id FROM event_collision) ORDER BY seq";

/// The ids of installs that are found by their hash, with their number.
pub const DUMP_INSTALL_ID: &str = "SELECT install_id, id FROM install \
     WHERE install_id NOT IN (SELECT install_id FROM install_collision) ORDER BY id";

/// What a ledger remembers that holds on every host, and the highest number that an install ever had.
pub const DUMP_META: &str = include_str!("edge/dump_meta.sql");
