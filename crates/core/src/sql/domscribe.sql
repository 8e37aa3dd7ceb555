-- The sessions of each ISO week: a record is one event, which a repetition within the week takes the place of.

CREATE TABLE IF NOT EXISTS weekly_session (
  week       TEXT    NOT NULL, -- of receipt: 2026-W22
  session_id TEXT    NOT NULL,
  first_seen INTEGER NOT NULL, -- milliseconds since 1970
  last_seen  INTEGER NOT NULL,
  seq        INTEGER NOT NULL, -- event.seq
  PRIMARY KEY (week, session_id)
) STRICT, WITHOUT ROWID;

CREATE VIEW sessions AS
SELECT
  s.week AS week,
  s.session_id AS session_id,
  json_extract(e.fields, '$.protocol_version') AS protocol_version,
  json_extract(e.fields, '$.daemon_version') AS daemon_version,
  json_extract(e.fields, '$.platform') AS platform,
  json_extract(e.fields, '$.node_version') AS node_version,
  json_extract(e.fields, '$.primary_framework') AS primary_framework,
  strftime('%Y-%m-%dT%H:%M:%fZ', s.first_seen / 1000.0, 'unixepoch') AS first_seen_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', s.last_seen / 1000.0, 'unixepoch') AS last_seen_at
FROM weekly_session AS s JOIN event AS e ON e.seq = s.seq;

CREATE TRIGGER weekly_session_of_events AFTER INSERT ON event
BEGIN
  INSERT INTO weekly_session (week, session_id, first_seen, last_seen, seq)
  VALUES (substr(new.event_id, 1, 8), substr(new.event_id, 10), new.seq / 1024, new.seq / 1024, new.seq)
  ON CONFLICT (week, session_id) DO UPDATE SET
    first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen),
    seq = excluded.seq;
END;

-- The event of a week goes when another took its place, or when its time is over; only then the session goes, too.
CREATE TRIGGER weekly_session_of_expired_events AFTER DELETE ON event
BEGIN
  DELETE FROM weekly_session
  WHERE week = substr(old.event_id, 1, 8) AND session_id = substr(old.event_id, 10) AND seq = old.seq;
END;
