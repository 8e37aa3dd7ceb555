-- D1's parameters are numbers of floating point.
INSERT INTO incoming
SELECT
  key, CAST(?2 AS INTEGER), CAST(?3 AS INTEGER), value ->> '$.type', value ->> '$.is_declared', ?4,
  value ->> '$.id', value ->> '$.hash', value ->> '$.is_latest', value ->> '$.other_id', value ->> '$.other_hash',
  coalesce(unhex(value ->> '$.install_uuid'), value ->> '$.install_text'), value ->> '$.install_hash',
  unhex(value ->> '$.tombstone'), value ->> '$.active_day',
  CAST(?5 AS INTEGER), CAST(?6 AS INTEGER), value ->> '$.occurred_at', value ->> '$.fields',
  CAST(?7 AS INTEGER), CAST(?8 AS INTEGER), CAST(?9 AS INTEGER), CAST(?10 AS INTEGER)
FROM json_each(?1)
