-- The tables of worker.js.
CREATE TABLE event (
  id          INTEGER PRIMARY KEY,
  event_id    TEXT    NOT NULL UNIQUE,
  install     TEXT    NOT NULL,
  occurred_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  address     TEXT    NOT NULL,
  fields      TEXT    NOT NULL
);
CREATE INDEX event_install ON event (install, received_at);
CREATE INDEX event_address ON event (address, received_at);
CREATE TABLE install (id TEXT PRIMARY KEY, first_day INTEGER NOT NULL, last_day INTEGER NOT NULL);
CREATE TABLE daily (day INTEGER NOT NULL, metric TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (day, metric));
CREATE TABLE key (id INTEGER PRIMARY KEY, secret BLOB NOT NULL);
