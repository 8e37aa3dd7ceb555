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

/// The ids of events, with their sequence.
pub const DUMP_EVENT_ID: &str = "SELECT event_id, seq FROM event WHERE event_id IS NOT NULL ORDER BY seq";

/// The ids of installs, with their number.
pub const DUMP_INSTALL_ID: &str = "SELECT install_id, id FROM install ORDER BY id";

/// What a ledger remembers that holds on every host, and the highest number that an install ever had.
pub const DUMP_META: &str = include_str!("edge/dump_meta.sql");

/// The install of an id.
pub const INSTALL_OF_ID: &str = include_str!("edge/find_install.sql");

/// How far events are folded.
pub const FOLD_STATE: &str = include_str!("edge/fold_state.sql");

/// The events that are not folded yet.
pub const UNFOLDED: &str = include_str!("edge/unfolded.sql");

/// The contracts that are not known: `?1` the numbers of those that are, as JSON.
pub const CONTRACTS: &str = "SELECT id, text FROM contract WHERE id NOT IN (SELECT value FROM json_each(?1))";

/// Sets by their places.
pub const FIND_SETS: &str = include_str!("edge/find_sets.sql");

/// The sets that events which are not folded yet may be added to.
pub const SETS_TO_COME: &str = include_str!("edge/sets_to_come.sql");

/// Sets of a chunk, `?1`, behind a value and a day, `?2` and `?3`; so many at the most, `?4`.
pub const SETS_OF_CHUNK: &str = "SELECT value, day, chunk, bits FROM activity \
     WHERE chunk = ?1 AND (value, day) > (?2, ?3) ORDER BY value, day LIMIT ?4";

/// Begins to change sets and counts.
pub const BEGIN_FOLD: &str = include_str!("edge/begin_fold.sql");

/// Stores values.
pub const STORE_VALUES: &str = include_str!("edge/store_values.sql");

/// Adds to the counts of days.
pub const ADD_TO_DAILY: &str = include_str!("edge/add_to_daily.sql");

/// Deletes counts of days that count nothing: `?1` as `[[value, day, ...], ...]`.
pub const DELETE_EMPTY_DAILY: &str = "DELETE FROM daily WHERE events <= 0 AND installs <= 0 \
     AND (value, day) IN (SELECT c.value ->> 0, c.value ->> 1 FROM json_each(?1) AS c)";

/// Stores sets.
pub const REPLACE_SETS: &str = include_str!("edge/replace_sets.sql");

/// Deletes sets that are empty: `?1` their places as `[[value, day, chunk], ...]`.
pub const DELETE_SETS: &str = "DELETE FROM activity \
     WHERE (value, day, chunk) IN (SELECT p.value ->> 0, p.value ->> 1, p.value ->> 2 FROM json_each(?1) AS p)";

/// Counts events as folded.
pub const ADD_FOLDED_EVENTS: &str = include_str!("edge/add_folded_events.sql");

/// Forgets exceptions that are folded: `?1` the sequence up to which.
pub const DELETE_FOLD_EXCEPTIONS: &str = "DELETE FROM fold_exception WHERE seq <= ?1";

/// Notes a number in `meta` unless a higher one is there: `?1` its name, `?2` the number.
pub const NOTE_NUMBER: &str = "INSERT INTO meta (name, value) VALUES (?1, CAST(?2 AS INTEGER)) \
     ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)";

/// A number in `meta`, or none: `?1` its name.
pub const NUMBER: &str = "SELECT value FROM meta WHERE name = ?1";

/// Destroys the keys of addresses before a day: `?1`.
pub const DELETE_ADDRESS_KEYS: &str = "DELETE FROM address_key WHERE day < ?1";

/// Empties hashes of addresses.
pub const EMPTY_ADDRESSES: &str = include_str!("edge/empty_addresses.sql");

/// Notes up to where that is done.
pub const NOTE_EMPTIED: &str = include_str!("edge/note_emptied.sql");

/// Leaves the tombstone of an install.
pub const LEAVE_TOMBSTONE: &str = include_str!("edge/leave_tombstone.sql");

/// Notes the highest number of an install.
pub const NOTE_LAST_INSTALL: &str = include_str!("edge/note_last_install.sql");

/// Deletes the installs that were erased.
pub const DELETE_FORGOTTEN: &str =
    "DELETE FROM install WHERE id IN (SELECT install FROM forgotten WHERE install IS NOT NULL)";

/// The number that stays beside a tombstone: `?1` its hash.
pub const FORGOTTEN: &str = "SELECT install FROM forgotten WHERE hash = ?1 AND install IS NOT NULL";

/// Some folded events of an install: `?1` its number, `?2` how many.
pub const EVENTS_OF_INSTALL: &str = "SELECT seq, type, occurred_at, contract, fields, event_id FROM event \
     WHERE install = ?1 ORDER BY seq LIMIT ?2";

/// The first events that were received before a sequence and are folded: `?1` the sequence, `?2` how many.
pub const EXPIRED_EVENTS: &str = "SELECT seq, event_id FROM event WHERE seq < ?1 \
     AND seq <= coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1) ORDER BY seq LIMIT ?2";

/// Forgets the hashes of the ids of erased installs.
pub const DELETE_FORGOTTEN_KEYS: &str =
    "DELETE FROM install_key WHERE id IN (SELECT install FROM forgotten WHERE install IS NOT NULL)";

/// Forgets erased installs whose id had the hash of another.
pub const DELETE_FORGOTTEN_COLLISIONS: &str =
    "DELETE FROM install_collision WHERE id IN (SELECT install FROM forgotten WHERE install IS NOT NULL)";

/// Forgets the hashes of events that go.
pub const DELETE_EVENT_KEYS: &str = include_str!("edge/delete_event_keys.sql");

/// Forgets events that go, whose id has the hash of another: `?1` as `[[seq, hash], ...]`.
pub const DELETE_EVENT_COLLISIONS: &str =
    "DELETE FROM event_collision WHERE seq IN (SELECT e.value ->> 0 FROM json_each(?1) AS e)";

/// Counts events that go as folded no more.
pub const COUNT_DELETED_EVENTS: &str = include_str!("edge/count_deleted_events.sql");

/// Deletes events: `?1` as `[[seq, hash], ...]`.
pub const DELETE_EVENTS: &str = "DELETE FROM event WHERE seq IN (SELECT e.value ->> 0 FROM json_each(?1) AS e)";

/// Forgets the hashes of installs that go.
pub const DELETE_INSTALL_KEYS: &str = include_str!("edge/delete_install_keys.sql");

/// Forgets installs that go, whose id has the hash of another: `?1` as `[[number, hash], ...]`, `?2` the first day of receipt
/// that keeps one.
pub const DELETE_INSTALL_COLLISIONS: &str = "DELETE FROM install_collision WHERE id IN (SELECT id FROM install \
     WHERE id IN (SELECT i.value ->> 0 FROM json_each(?1) AS i) AND last_received < ?2)";

/// Deletes installs; parameters as before.
pub const DELETE_INSTALLS: &str = "DELETE FROM install \
     WHERE id IN (SELECT i.value ->> 0 FROM json_each(?1) AS i) AND last_received < ?2";

/// Notes that all events of an erased install are gone: `?1` its number.
pub const FINISH_FORGOTTEN: &str = "UPDATE forgotten SET install = NULL WHERE install = ?1";

/// Makes whoever is about to fold read again.
pub const BUMP_FOLD: &str = "INSERT INTO meta (name, value) VALUES ('fold_version', 1) \
     ON CONFLICT (name) DO UPDATE SET value = value + 1";

/// Deletes sets of days before a day, `?1`, so many at the most, `?2`; a row for each.
pub const DELETE_EXPIRED_SETS: &str = "DELETE FROM activity \
     WHERE rowid IN (SELECT rowid FROM activity WHERE day < ?1 LIMIT ?2) RETURNING day";

/// Deletes counts of days before a day by texts that clients made up; parameters as before; a row for each.
pub const DELETE_EXPIRED_DAILY: &str = "DELETE FROM daily WHERE (value, day) IN ( \
       SELECT d.value, d.day FROM value AS v JOIN daily AS d ON d.value = v.id \
       WHERE NOT v.is_kept AND d.day < ?1 LIMIT ?2) RETURNING day";

/// Installs that were not heard of since a day, `?1`, so many at the most, `?2`.
pub const EXPIRED_INSTALLS: &str = "SELECT id, install_id FROM install WHERE last_received < ?1 LIMIT ?2";

/// Deletes values that nothing is counted by any more.
pub const DELETE_VALUES: &str = "DELETE FROM value WHERE id > 3 AND id NOT IN (SELECT value FROM daily)";
