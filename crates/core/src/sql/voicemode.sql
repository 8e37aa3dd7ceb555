-- The table of VoiceMode's released service.
CREATE VIEW events AS
SELECT
  e.event_id AS event_id,
  lower(
    substr(hex(i.install_id), 1, 8) || '-' || substr(hex(i.install_id), 9, 4) || '-' || substr(hex(i.install_id), 13, 4)
    || '-' || substr(hex(i.install_id), 17, 4) || '-' || substr(hex(i.install_id), 21)
  ) AS telemetry_id,
  json_extract(e.fields, '$.timestamp') AS timestamp,
  json_extract(e.fields, '$.environment') AS environment,
  json_extract(e.fields, '$.usage') AS usage,
  e.address AS ip_hash,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.seq / 1024 / 1000.0, 'unixepoch') AS created_at
FROM event AS e JOIN install AS i ON i.id = e.install;
