//! Migrations, views and statements in SQLite's dialect, for every ledger that speaks it.

pub mod edge;
pub mod operator;
mod places;

pub use places::{conditions, error_paths, error_places, everywhere, places};

/// Numbered migrations: the first makes version 1 of the schema of nothing. Never edited after release.
pub const MIGRATIONS: [&str; 1] = [include_str!("sql/migrations/0001_ledger.sql")];

/// The view that VoiceMode's released service had as a table.
pub const VOICEMODE: &str = include_str!("sql/voicemode.sql");

/// The tables of Drift's released service.
pub const DRIFT: &str = include_str!("sql/drift.sql");

/// The tables of the Baofeng logo flasher's released service, and its counter.
pub const BAOFENG: &str = include_str!("sql/baofeng.sql");

/// The sessions of each week, for domscribe.
pub const DOMSCRIBE: &str = include_str!("sql/domscribe.sql");

/// The runs of keys of a kind, the oldest first: `?1`.
pub const KEY_RUNS: &str = "SELECT id, parts, keys, first_row FROM key_run WHERE kind = ?1 ORDER BY id";

/// Begins a run of keys: `?1` kind, `?2` parts, `?3` how many keys are expected, `?4` the lowest row; gives its number.
pub const INSERT_KEY_RUN: &str =
    "INSERT INTO key_run (kind, parts, keys, first_row) VALUES (?1, ?2, ?3, ?4) RETURNING id";

/// Notes what a run holds: `?1` number, `?2` how many keys, `?3` the lowest row.
pub const UPDATE_KEY_RUN: &str = "UPDATE key_run SET keys = ?2, first_row = ?3 WHERE id = ?1";

/// Forgets a run if it has no keys any more: `?1` number.
pub const DELETE_EMPTY_KEY_RUN: &str = "DELETE FROM key_run WHERE id = ?1 \
     AND NOT EXISTS (SELECT 1 FROM key_part WHERE key_part.id >= ?1 << 32 AND key_part.id < (?1 + 1) << 32)";

/// A part of a run: `?1`.
pub const KEY_PART: &str = "SELECT keys FROM key_part WHERE id = ?1";

/// Parts of a run in order: `?1` the first, `?2` the first that is not among them.
pub const KEY_PARTS: &str = "SELECT id, keys FROM key_part WHERE id >= ?1 AND id < ?2 ORDER BY id";

/// Stores a part of a run: `?1` its place, `?2` its keys.
pub const REPLACE_KEY_PART: &str = "INSERT OR REPLACE INTO key_part (id, keys) VALUES (?1, ?2)";

/// Deletes parts of a run: `?1` the first, `?2` the first that stays.
pub const DELETE_KEY_PARTS: &str = "DELETE FROM key_part WHERE id >= ?1 AND id < ?2";

/// Whether the event of a sequence has this id: `?1` sequence, `?2` id.
pub const IS_EVENT: &str = "SELECT 1 FROM event WHERE seq = ?1 AND event_id = ?2";

/// The first day of activity and the last of receipt of the install of a number, if it has this id: `?1` number, `?2` id.
pub const FIND_INSTALL: &str = "SELECT first_active, last_received FROM install WHERE id = ?1 AND install_id = ?2";

/// Deletes an event: `?1` sequence.
pub const DELETE_EVENT: &str = "DELETE FROM event WHERE seq = ?1";

/// Stores an event whose id is not stored.
pub const INSERT_EVENT: &str = "INSERT INTO event (seq, event_id, type, install, occurred_at, address, contract, fields) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// Stores an install that is new: `?1` number, `?2` id, `?3` day of activity, `?4` day of receipt.
pub const INSERT_INSTALL: &str =
    "INSERT INTO install (id, install_id, first_active, last_received) VALUES (?1, ?2, ?3, ?4)";

/// Notes that an install was heard of on another day: `?1` number, `?2` day of receipt.
pub const UPDATE_INSTALL: &str = "UPDATE install SET last_received = ?2 WHERE id = ?1";

/// Notes that an install was active before the first day it was known of: `?1` number, `?2` day of activity.
pub const UPDATE_FIRST_ACTIVE: &str = "UPDATE install SET first_active = ?2 WHERE id = ?1";

/// All values of dimensions.
pub const VALUES: &str = "SELECT id, dimension, value, is_kept FROM value";

/// Notes a value of a dimension: `?1` number, `?2` dimension, `?3` value, `?4` whether its counts are kept.
pub const INSERT_VALUE: &str = "INSERT INTO value (id, dimension, value, is_kept) VALUES (?1, ?2, ?3, ?4)";

/// Notes that the counts of a value are kept from now on: `?1` number.
pub const KEEP_VALUE: &str = "UPDATE value SET is_kept = 1 WHERE id = ?1";

/// The events behind a sequence, to count them by their values: `?1`.
pub const UNFOLDED: &str =
    "SELECT seq, type, install, occurred_at, contract, fields FROM event WHERE seq > ?1 ORDER BY seq";

/// The installs active with a value on a day: `?1` value, `?2` day, `?3` chunk.
pub const FIND_ACTIVITY: &str = "SELECT bits FROM activity WHERE value = ?1 AND day = ?2 AND chunk = ?3";

/// Stores the installs active with a value on a day: `?1` value, `?2` day, `?3` chunk, `?4` bits.
pub const REPLACE_ACTIVITY: &str = "INSERT OR REPLACE INTO activity (value, day, chunk, bits) VALUES (?1, ?2, ?3, ?4)";

/// Adds to the counts of a day: `?1` value, `?2` day, `?3` events, `?4` installs.
pub const ADD_TO_DAILY: &str = "INSERT INTO daily (value, day, events, installs) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (value, day) DO UPDATE SET events = events + excluded.events, installs = installs + excluded.installs";

/// Adds to a rollup: `?1` day, `?2` metric, `?3` value.
pub const ADD_TO_ROLLUP: &str = "INSERT INTO rollup (day, metric, value) VALUES (?1, ?2, ?3) \
     ON CONFLICT (day, metric) DO UPDATE SET value = value + excluded.value";

/// Adds to a count of outcomes that is there: `?1` day, `?2` outcome, `?3` reason, `?4` field, `?5` client version,
/// `?6` count.
pub const ADD_TO_OUTCOME: &str = "UPDATE outcome SET count = count + ?6 \
     WHERE day = ?1 AND outcome = ?2 AND reason = ?3 AND field = ?4 AND client_version = ?5";

/// Begins a count of outcomes; parameters as in [`ADD_TO_OUTCOME`].
///
/// Clients choose their versions, so where a day has 200 already further new ones count as `other`.
pub const BEGIN_OUTCOME: &str = include_str!("sql/begin_outcome.sql");

/// How many events and installs there are, and how many installs are active now; [`crate::Summary::parameters`].
pub const SUMMARY: &str = include_str!("sql/summary.sql");

/// The installs active with each value of a dimension.
pub const ACTIVE: &str = include_str!("sql/active.sql");

/// Events and installs of days with each value of a dimension.
pub const DAILY: &str = include_str!("sql/daily.sql");

/// The installs that were seen first on days.
pub const RETENTION: &str = include_str!("sql/retention.sql");

/// The values of a field.
pub const BREAKDOWN: &str = concat!(include_str!("sql/asked.sql"), include_str!("sql/breakdown.sql"));

/// What a number field held, by period.
pub const TREND: &str = concat!(include_str!("sql/asked.sql"), include_str!("sql/trend.sql"));

/// What stands in a field, event by event.
pub const DISTRIBUTION: &str = concat!(include_str!("sql/asked.sql"), include_str!("sql/distribution.sql"));

/// How many stored events there are of each day.
pub const EVENTS: &str = concat!(include_str!("sql/asked.sql"), include_str!("sql/events.sql"));

/// The most frequent errors.
pub const ERRORS: &str = concat!(include_str!("sql/asked.sql"), include_str!("sql/errors.sql"));

/// The latest events.
pub const RECENT: &str = include_str!("sql/recent.sql");

/// How many installs there were in a range of receipt: `?1` the first sequence, `?2` the one behind the last.
pub const PUBLIC_INSTALLS: &str =
    "SELECT count(DISTINCT install) FROM event WHERE seq >= ?1 AND seq < ?2 AND install IS NOT NULL";

/// Installs by the value they reported last in a range of receipt.
pub const PUBLIC: &str = include_str!("sql/public.sql");

/// The contracts that came into force last: `?1` how many.
pub const LATEST_CONTRACTS: &str = "SELECT hash, since, text FROM contract ORDER BY since DESC, id DESC LIMIT ?1";

/// What became of events.
pub const OUTCOMES: &str = include_str!("sql/outcomes.sql");

/// How many of each outcome on each day.
pub const OUTCOMES_BY_DAY: &str = include_str!("sql/outcomes_by_day.sql");

/// The types of events that were stored on a day: `?1`.
pub const TYPES_OF_DAY: &str = "SELECT substr(metric, 8) FROM rollup WHERE day = ?1 AND metric GLOB 'events:*'";

/// Answers [`crate::Question::Metrics`]: `?1` the first day.
pub const METRICS: &str = "SELECT metric, sum(value) AS total FROM rollup \
     WHERE day >= ?1 GROUP BY metric ORDER BY total DESC, metric";

/// Answers [`crate::Question::Latest`]: `?1` the types as a JSON array, `?2` how many.
pub const LATEST: &str = "SELECT seq, event_id, fields FROM event \
     WHERE type IN (SELECT value FROM json_each(?1)) ORDER BY seq DESC LIMIT ?2";

/// Answers [`crate::Question::FlashCount`].
pub const FLASH_COUNT: &str = "SELECT sessions + baseline FROM flash_counter";

/// Answers [`crate::Question::FailuresByDay`].
pub const FAILURES_BY_DAY: &str = "SELECT seq / 1024 / 86400000 AS day, count(*) FROM event \
     WHERE type IN ('client_log', 'error') GROUP BY day ORDER BY day";

/// Answers [`crate::Question::WeeklySessions`]: `?1` the week.
pub const WEEKLY_SESSIONS: &str = "SELECT count(*) FROM weekly_session WHERE week = ?1";

/// What was stored behind a sequence, `?1`: how many events, how many of them report an error by [`error_paths`], `?2`,
/// and the latest sequence of all.
pub const STORED_BEHIND: &str = include_str!("sql/stored_behind.sql");

/// Notes what is taken over: `?1` its name, `?2` its value. Changes nothing where it is noted.
pub const NOTE_IMPORTED: &str = "INSERT OR IGNORE INTO imported (name, value) VALUES (?1, ?2)";

/// Notes that more of it is taken over: `?1` its name, `?2` its value.
pub const NOTE_IMPORTED_MORE: &str = "UPDATE imported SET value = ?2 WHERE name = ?1";

/// What was taken over under a name: `?1`.
pub const FIND_IMPORTED: &str = "SELECT value FROM imported WHERE name = ?1";

/// Takes over a row of `pattern_signatures`: its columns in their order.
pub const IMPORT_PATTERN_SIGNATURE: &str = include_str!("sql/import_pattern_signature.sql");

/// Takes over a row of `action_aggregates`: its columns in their order.
pub const IMPORT_ACTION_AGGREGATE: &str = include_str!("sql/import_action_aggregate.sql");

/// Whether a ledger holds nothing yet.
pub const IS_EMPTY: &str = "SELECT NOT EXISTS (SELECT 1 FROM event) AND NOT EXISTS (SELECT 1 FROM install) \
     AND NOT EXISTS (SELECT 1 FROM rollup) AND NOT EXISTS (SELECT 1 FROM outcome) \
     AND NOT EXISTS (SELECT 1 FROM imported)";

/// Closes the days before one; see `activity`: `?1`.
pub const CLOSE_DAYS: &str = "INSERT OR REPLACE INTO meta (name, value) VALUES ('first_active_day', ?1)";

/// Takes over that a contract was in force: `?1` hash, `?2` since when, `?3` text.
pub const IMPORT_CONTRACT: &str = "INSERT INTO contract (hash, since, text) VALUES (?1, ?2, ?3) \
     ON CONFLICT (hash) DO UPDATE SET since = excluded.since WHERE excluded.since < since";

/// Takes over the counter of flashed radios: `?1` sessions, `?2` what was counted before.
pub const IMPORT_FLASH_COUNTER: &str =
    "UPDATE flash_counter SET sessions = sessions + ?1, baseline = max(baseline, ?2)";

/// Takes over since when a session of a week is known: `?1` week, `?2` session, `?3` milliseconds since 1970.
pub const IMPORT_WEEKLY_SESSION: &str =
    "UPDATE weekly_session SET first_seen = min(first_seen, ?3) WHERE week = ?1 AND session_id = ?2";

/// Whether a session is counted by baofeng's counter: `?1`.
pub const FIND_FLASH_SESSION: &str = "SELECT 1 FROM flash_session WHERE session_id = ?1";

/// The events of a range of sequences in the order of receipt, for an export: `?1` the first, `?2` the last.
pub const EXPORT: &str = include_str!("sql/export.sql");

/// Leaves a tombstone: `?1` hash, `?2` the number of the install while it has events.
pub const INSERT_FORGOTTEN: &str = "INSERT INTO forgotten (hash, install) VALUES (?1, ?2) \
     ON CONFLICT (hash) DO UPDATE SET install = coalesce(excluded.install, install)";

/// The installs that are gone, whose events are not.
pub const UNFINISHED_FORGOTTEN: &str = "SELECT install FROM forgotten WHERE install IS NOT NULL";

/// Notes that all events of erased installs are gone.
pub const FINISH_FORGOTTEN: &str = "UPDATE forgotten SET install = NULL WHERE install IS NOT NULL";

/// The highest number of an install, also of one whose events are not gone yet.
pub const LAST_INSTALL: &str =
    "SELECT max(coalesce((SELECT max(id) FROM install), 0), coalesce((SELECT max(install) FROM forgotten), 0))";

/// Deletes an install: `?1` number.
pub const DELETE_INSTALL: &str = "DELETE FROM install WHERE id = ?1";

/// The last of some events behind a sequence: `?1` sequence, `?2` how many.
pub const END_OF_EVENTS: &str = "SELECT max(seq) FROM (SELECT seq FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2)";

/// The events of an install in a range: `?1` the sequence before it, `?2` its last one, `?3` number of the install.
pub const EVENTS_OF_INSTALL: &str = "SELECT seq, event_id FROM event WHERE seq > ?1 AND seq <= ?2 AND install = ?3";

/// The sets with numbers of a chunk: `?1`.
pub const ACTIVITY_OF_CHUNK: &str = "SELECT value, day, bits FROM activity WHERE chunk = ?1";

/// Deletes a set that is empty: `?1` value, `?2` day, `?3` chunk.
pub const DELETE_ACTIVITY: &str = "DELETE FROM activity WHERE value = ?1 AND day = ?2 AND chunk = ?3";

/// Deletes the counts of a day that counts nothing: `?1` value, `?2` day.
pub const DELETE_EMPTY_DAILY: &str =
    "DELETE FROM daily WHERE value = ?1 AND day = ?2 AND events <= 0 AND installs <= 0";

/// Notes that there are more folded events: `?1` how many, or less than none.
pub const ADD_TO_EVENTS: &str = "INSERT INTO meta (name, value) VALUES ('folded_events', ?1) \
     ON CONFLICT (name) DO UPDATE SET value = value + excluded.value";

/// An event, to count it by its values: `?1` sequence.
pub const COUNTED_EVENT: &str = "SELECT seq, type, install, occurred_at, contract, fields FROM event WHERE seq = ?1";

/// The number and the days of an install whose key is not on disk: `?1` id.
pub const INSTALL_NOT_ON_DISK: &str = "SELECT id, first_active, last_received FROM install \
     WHERE install_id = ?1 AND id > coalesce((SELECT value FROM meta WHERE name = 'merged_install'), 0)";

/// The events of an install, for the person who holds its id.
pub const INSTALL: &str = include_str!("sql/install.sql");

/// The sequence of the last event.
pub const LAST_EVENT: &str = "SELECT coalesce(max(seq), 0) FROM event";

/// The events behind a sequence, the latest first: `?1`.
pub const EVENTS_AFTER: &str =
    "SELECT seq, type, occurred_at, json(fields) FROM event WHERE seq > ?1 ORDER BY seq DESC";

/// How many events there are between two sequences: `?1`, `?2`.
pub const COUNT_BETWEEN: &str = "SELECT count(*) FROM event WHERE seq > ?1 AND seq < ?2";

/// What became of events that were not accepted, since a day of receipt: `?1`.
pub const COUNTS_SINCE: &str = "SELECT day, outcome, reason, field, client_version, count FROM outcome \
     WHERE day >= ?1 AND outcome <> 'accepted' ORDER BY day, outcome, reason, field, client_version";

/// The first and the last sequence within a range: `?1` its first, `?2` its last. Two questions, because SQLite finds one
/// end of a key at once, but reads everything between two.
pub const ENDS: &str = "SELECT (SELECT min(seq) FROM event WHERE seq BETWEEN ?1 AND ?2), \
     (SELECT max(seq) FROM event WHERE seq BETWEEN ?1 AND ?2)";

/// All outcomes by name and reason.
pub const OUTCOME_REASONS: &str =
    "SELECT outcome, reason, sum(count) FROM outcome GROUP BY outcome, reason ORDER BY outcome, reason";
