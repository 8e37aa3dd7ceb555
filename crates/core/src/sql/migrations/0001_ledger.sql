-- The ledger of one app. Never edited after release: a change is a new file beside this one.

-- One row per accepted event. `seq` tells the receipt: milliseconds since 1970 times 1024, plus the number of the
-- event within its millisecond. So rows lie in the order of receipt, and neither a column nor an index is spent on it:
-- the last hour and everything past retention are ranges of the primary key. It stays below 2^53 until the year 2248.
CREATE TABLE event (
  seq         INTEGER PRIMARY KEY,
  event_id    TEXT,                    -- the idempotency key, where it has one
  type        TEXT    NOT NULL,
  install     INTEGER,                 -- install.id
  occurred_at INTEGER,                 -- milliseconds since 1970, by the client's clock
  address     INTEGER,                 -- keyed hash; emptied once its key is destroyed
  contract    INTEGER NOT NULL,        -- contract.id
  fields      TEXT    NOT NULL         -- the declared rest, as JSON
) STRICT;

-- Which ids are stored, in runs: the keys of many events or installs, written at once and merged later on. Those up to the
-- sequence `merged_seq` and the number `merged_install` in `meta` are here, and perhaps some behind them. Hashes are random,
-- and an index of them would write a page for each. A ledger on D1 has such indexes, and nothing here.
CREATE TABLE key_run (
  id        INTEGER PRIMARY KEY,
  kind      TEXT    NOT NULL, -- event or install
  parts     INTEGER NOT NULL, -- equal ranges of hashes
  keys      INTEGER NOT NULL, -- about how many
  first_row INTEGER NOT NULL  -- no key has a lower row
) STRICT;

-- The keys of a part of a run, sorted, 16 bytes each: the first 64 bits of SHA-256 of the id, and the row that has the id,
-- event.seq or install.id. Both have their lowest byte first.
CREATE TABLE key_part (
  id   INTEGER PRIMARY KEY, -- key_run.id * 2^32, plus the number of the part
  keys BLOB    NOT NULL
) STRICT;

-- Installs within retention, numbered so that events and activity stay narrow. Without an index of the days they were
-- first active on: `retention` alone asks for these, reads a million installs in a tenth of a second, and each new install
-- would pay for it.
CREATE TABLE install (
  id            INTEGER PRIMARY KEY,
  install_id    ANY     NOT NULL,        -- a UUID as 16 bytes, any other id as text
  first_active  INTEGER NOT NULL,        -- UTC day since 1970
  last_received INTEGER NOT NULL         -- UTC day since 1970
) STRICT;

-- What installs and events are counted by: the values of dimensions.
CREATE TABLE value (
  id        INTEGER PRIMARY KEY,
  dimension TEXT    NOT NULL, -- type; app_version, platform, runtime, error; or the path of a declared enum or bool
  value     TEXT    NOT NULL,
  is_kept   INTEGER NOT NULL, -- 1 where its counts outlive the events: the contract names it, or it is a version
  UNIQUE (dimension, value)
) STRICT;

-- Every event has one of these: who does not say is taken for a person.
INSERT INTO value (id, dimension, value, is_kept) VALUES
  (0, 'runtime', 'interactive', 1), (1, 'runtime', 'ci', 1), (2, 'runtime', 'container', 1), (3, 'runtime', 'agent', 1);

-- Which installs were active on which UTC day, by the client's clock, with which value: active installs, retention and
-- adoption without reading events. It holds the events up to the sequence `folded_seq` in `meta`.
CREATE TABLE activity (
  value INTEGER NOT NULL, -- value.id
  day   INTEGER NOT NULL, -- UTC day since 1970
  chunk INTEGER NOT NULL, -- install.id / 65536
  bits  BLOB    NOT NULL, -- the numbers of the installs, as a Roaring bitmap in its portable form
  PRIMARY KEY (value, day, chunk)
) STRICT;

-- How many events and installs had which value on which UTC day, by the client's clock; as far as `activity`.
CREATE TABLE daily (
  value    INTEGER NOT NULL, -- value.id
  day      INTEGER NOT NULL, -- UTC day since 1970
  events   INTEGER NOT NULL,
  installs INTEGER NOT NULL,
  PRIMARY KEY (value, day)
) STRICT, WITHOUT ROWID;

-- Counts that outlive events; they hold no id.
CREATE TABLE rollup (
  day    INTEGER NOT NULL, -- UTC day of receipt since 1970
  metric TEXT    NOT NULL, -- events:<type>
  value  INTEGER NOT NULL,
  PRIMARY KEY (day, metric)
) STRICT, WITHOUT ROWID;

-- What became of every reported event, without its content.
CREATE TABLE outcome (
  day            INTEGER NOT NULL, -- UTC day of receipt since 1970
  outcome        TEXT    NOT NULL, -- accepted, duplicate, limited, refused; discarded counts fields
  reason         TEXT    NOT NULL,
  field          TEXT    NOT NULL, -- a declared place, as a JSON pointer
  client_version TEXT    NOT NULL,
  count          INTEGER NOT NULL,
  PRIMARY KEY (day, outcome, reason, field, client_version)
) STRICT, WITHOUT ROWID;

-- Which contracts were in force.
CREATE TABLE contract (
  id    INTEGER PRIMARY KEY,
  hash  TEXT    NOT NULL UNIQUE, -- SHA-256 of the canonical form, hex
  since INTEGER NOT NULL,        -- milliseconds since 1970
  text  TEXT    NOT NULL         -- the canonical form
) STRICT;

-- The keys of address hashes, each destroyed once its UTC day and one window more have passed.
CREATE TABLE address_key (
  day    INTEGER PRIMARY KEY, -- UTC day of receipt since 1970
  secret BLOB    NOT NULL
) STRICT;

-- What was taken over from another service, so that it is taken over once.
CREATE TABLE imported (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Installs that were erased, so that what comes late of them is refused.
CREATE TABLE forgotten (
  hash    BLOB    PRIMARY KEY, -- keyed hash of the install id; the key is `forgotten_key` in `meta`
  install INTEGER              -- install.id while its events are being deleted
) STRICT, WITHOUT ROWID;

-- Everything else the ledger remembers.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value ANY  NOT NULL
) STRICT, WITHOUT ROWID;
