-- The tables of the Baofeng logo flasher's released service, and the counter of flashed radios, which stays when the
-- events go.

CREATE TABLE IF NOT EXISTS flash_counter (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  sessions INTEGER NOT NULL, -- distinct sessions that reported a success, however they did
  baseline INTEGER NOT NULL  -- what the operator had counted before
) STRICT;
INSERT OR IGNORE INTO flash_counter (id, sessions, baseline) VALUES (1, 0, 0);

-- The sessions that are counted and whose events are still there.
CREATE TABLE IF NOT EXISTS flash_session (
  session_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE VIEW telemetry_events AS
SELECT
  coalesce(iif(type = 'error', event_id, NULL), CAST(seq AS TEXT)) AS id,
  seq / 1024 AS received_at_ms,
  json_extract(fields, '$.occurred_at') AS occurred_at,
  json_extract(fields, '$.event_type') AS event_type,
  json_extract(fields, '$.session_id') AS session_id,
  json_extract(fields, '$.message') AS message,
  json_extract(fields, '$.error_name') AS error_name,
  json_extract(fields, '$.stack') AS stack,
  json_extract(fields, '$.model') AS model,
  json_extract(fields, '$.write_mode') AS write_mode,
  json_extract(fields, '$.connected') AS connected,
  json_extract(fields, '$.app_version') AS app_version,
  json_extract(fields, '$.log_lines') AS log_lines_json,
  json_extract(fields, '$.metadata') AS metadata_json
FROM event WHERE type IN ('flash_success', 'error');

CREATE VIEW client_logs AS
SELECT
  coalesce(event_id, CAST(seq AS TEXT)) AS id,
  seq / 1024 AS received_at_ms,
  json_extract(fields, '$.occurred_at') AS occurred_at,
  json_extract(fields, '$.event_type') AS event_type,
  json_extract(fields, '$.message') AS message,
  json_extract(fields, '$.error_name') AS error_name,
  json_extract(fields, '$.stack') AS stack,
  json_extract(fields, '$.model') AS model,
  json_extract(fields, '$.write_mode') AS write_mode,
  json_extract(fields, '$.connected') AS connected,
  json_extract(fields, '$.app_version') AS app_version,
  '' AS user_agent,
  '' AS page_url,
  json_extract(fields, '$.log_lines') AS log_lines_json,
  NULL AS origin,
  NULL AS ip_hash
FROM event WHERE type = 'client_log';

-- A session counts once, whichever way it is reported.
CREATE TRIGGER flash_session_of_events AFTER INSERT ON event
WHEN new.type IN ('flash_success', 'flash_increment')
  AND json_extract(new.fields, '$.session_id') NOT LIKE 'baseline-%'
BEGIN
  INSERT INTO flash_session (session_id) VALUES (json_extract(new.fields, '$.session_id')) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER flash_counter_of_sessions AFTER INSERT ON flash_session
BEGIN
  UPDATE flash_counter SET sessions = sessions + 1;
END;

-- The largest whole number counts that an operator set, as a number or as digits; none beyond what JSON tells exactly.
CREATE TRIGGER flash_baseline_of_events AFTER INSERT ON event
WHEN new.type = 'flash_success' AND json_extract(new.fields, '$.session_id') LIKE 'baseline-%'
BEGIN
  UPDATE flash_counter SET baseline = max(baseline, (
    SELECT CASE
      WHEN json_type(new.fields, '$.metadata.baseline_total') IN ('integer', 'real')
        AND total BETWEEN 0 AND 9007199254740991 AND total = CAST(total AS INTEGER) THEN CAST(total AS INTEGER)
      WHEN json_type(new.fields, '$.metadata.baseline_total') = 'text'
        AND length(total) BETWEEN 1 AND 15 AND total NOT GLOB '*[^0-9]*' THEN CAST(total AS INTEGER)
      ELSE 0
    END
    FROM (SELECT json_extract(new.fields, '$.metadata.baseline_total') AS total)
  ));
END;

CREATE TRIGGER flash_session_of_expired_events AFTER DELETE ON event
WHEN old.type IN ('flash_success', 'flash_increment')
BEGIN
  DELETE FROM flash_session WHERE session_id = json_extract(old.fields, '$.session_id');
END;
