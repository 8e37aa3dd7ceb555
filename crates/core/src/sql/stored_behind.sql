SELECT
  count(*),
  -- No path where the type of the event reports no errors, and so no value.
  count(json_extract(fields, (SELECT value FROM json_each(?2) WHERE key = event.type))),
  (SELECT max(seq) FROM event)
FROM event WHERE seq > ?1
