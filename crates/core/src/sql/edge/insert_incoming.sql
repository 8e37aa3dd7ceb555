INSERT INTO incoming
SELECT
  key, ?2, ?3, value ->> '$.type', value ->> '$.is_declared', ?4,
  value ->> '$.id', value ->> '$.hash', value ->> '$.is_latest', value ->> '$.other_id', value ->> '$.other_hash',
  coalesce(unhex(value ->> '$.install_uuid'), value ->> '$.install_text'), value ->> '$.install_hash',
  unhex(value ->> '$.tombstone'), value ->> '$.active_day',
  CAST(?5 AS INTEGER), CAST(?6 AS INTEGER), value ->> '$.occurred_at', value ->> '$.fields',
  ?7, ?8, ?9, ?10
FROM json_each(?1)
