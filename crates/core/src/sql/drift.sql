-- The tables of Drift's released service. What is derived from events is kept by triggers, in the transaction that stores
-- them, and stays when the events go.

CREATE TABLE IF NOT EXISTS pattern_signatures (
  signature_hash     TEXT    PRIMARY KEY,
  category           TEXT    NOT NULL,
  detection_method   TEXT,
  language           TEXT,
  first_seen         TEXT    NOT NULL, -- receipt, as `2026-01-25 12:00:00` UTC
  last_seen          TEXT    NOT NULL,
  occurrence_count   INTEGER NOT NULL,
  avg_confidence     REAL,
  avg_location_count REAL,
  avg_outlier_count  REAL
) STRICT;

CREATE TABLE IF NOT EXISTS action_aggregates (
  category              TEXT    NOT NULL,
  action                TEXT    NOT NULL,
  confidence_bucket     TEXT    NOT NULL, -- low below 0.5, medium below 0.8, high from 0.8
  count                 INTEGER NOT NULL,
  avg_hours_to_decision REAL,
  PRIMARY KEY (category, action, confidence_bucket)
) STRICT;

CREATE VIEW events AS
SELECT
  e.seq AS id,
  e.type AS type,
  json_extract(e.fields, '$.timestamp') AS timestamp,
  CASE WHEN i.id IS NULL THEN 'unknown' ELSE lower(
    substr(hex(i.install_id), 1, 8) || '-' || substr(hex(i.install_id), 9, 4) || '-' || substr(hex(i.install_id), 13, 4)
    || '-' || substr(hex(i.install_id), 17, 4) || '-' || substr(hex(i.install_id), 21)
  ) END AS installation_id,
  json_extract(e.fields, '$.driftVersion') AS drift_version,
  json_remove(e.fields, '$.timestamp', '$.driftVersion') AS payload,
  datetime(e.seq / 1024 / 1000, 'unixepoch') AS created_at
FROM event AS e LEFT JOIN install AS i ON i.id = e.install;

CREATE VIEW daily_stats AS
SELECT date(day * 86400, 'unixepoch') AS date, metric, value FROM rollup;

CREATE TRIGGER daily_stats_of_patterns AFTER INSERT ON event WHEN new.type = 'pattern_signature'
BEGIN
  INSERT INTO rollup (day, metric, value)
  SELECT new.seq / 1024 / 86400000, key || ':' || value, 1
  FROM json_each(new.fields) WHERE key IN ('language', 'category')
  ON CONFLICT (day, metric) DO UPDATE SET value = value + 1;
END;

CREATE TRIGGER daily_stats_of_new_installs AFTER INSERT ON install
BEGIN
  INSERT INTO rollup (day, metric, value) VALUES (new.last_received, 'unique_installations', 1)
  ON CONFLICT (day, metric) DO UPDATE SET value = value + 1;
END;

CREATE TRIGGER daily_stats_of_known_installs AFTER UPDATE OF last_received ON install
WHEN new.last_received > old.last_received
BEGIN
  INSERT INTO rollup (day, metric, value) VALUES (new.last_received, 'unique_installations', 1)
  ON CONFLICT (day, metric) DO UPDATE SET value = value + 1;
END;

-- A value that is missing leaves a mean as it is.
CREATE TRIGGER pattern_signatures_of_events AFTER INSERT ON event
WHEN new.type = 'pattern_signature' AND json_extract(new.fields, '$.signatureHash') IS NOT NULL
BEGIN
  INSERT INTO pattern_signatures VALUES (
    json_extract(new.fields, '$.signatureHash'), coalesce(json_extract(new.fields, '$.category'), 'unknown'),
    json_extract(new.fields, '$.detectionMethod'), json_extract(new.fields, '$.language'),
    datetime(new.seq / 1024 / 1000, 'unixepoch'), datetime(new.seq / 1024 / 1000, 'unixepoch'), 1,
    json_extract(new.fields, '$.confidence'), json_extract(new.fields, '$.locationCount'),
    json_extract(new.fields, '$.outlierCount')
  )
  ON CONFLICT (signature_hash) DO UPDATE SET
    category = excluded.category, detection_method = excluded.detection_method, language = excluded.language,
    first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen),
    occurrence_count = occurrence_count + 1,
    avg_confidence = coalesce(
      avg_confidence + (excluded.avg_confidence - avg_confidence) / (occurrence_count + 1),
      avg_confidence, excluded.avg_confidence
    ),
    avg_location_count = coalesce(
      avg_location_count + (excluded.avg_location_count - avg_location_count) / (occurrence_count + 1),
      avg_location_count, excluded.avg_location_count
    ),
    avg_outlier_count = coalesce(
      avg_outlier_count + (excluded.avg_outlier_count - avg_outlier_count) / (occurrence_count + 1),
      avg_outlier_count, excluded.avg_outlier_count
    );
END;

CREATE TRIGGER action_aggregates_of_events AFTER INSERT ON event
WHEN new.type = 'user_action'
  AND json_extract(new.fields, '$.category') IS NOT NULL
  AND json_extract(new.fields, '$.action') IS NOT NULL
  AND json_extract(new.fields, '$.confidenceAtAction') IS NOT NULL
BEGIN
  INSERT INTO action_aggregates VALUES (
    json_extract(new.fields, '$.category'), json_extract(new.fields, '$.action'),
    CASE
      WHEN json_extract(new.fields, '$.confidenceAtAction') < 0.5 THEN 'low'
      WHEN json_extract(new.fields, '$.confidenceAtAction') < 0.8 THEN 'medium'
      ELSE 'high'
    END,
    1, json_extract(new.fields, '$.hoursSinceDiscovery')
  )
  ON CONFLICT (category, action, confidence_bucket) DO UPDATE SET
    count = count + 1,
    avg_hours_to_decision = coalesce(
      avg_hours_to_decision + (excluded.avg_hours_to_decision - avg_hours_to_decision) / (count + 1),
      avg_hours_to_decision, excluded.avg_hours_to_decision
    );
END;
