-- The events of an install, for the person who holds its id: ?1 its number, ?2 the sequence behind which to begin, ?3 how
-- many.
SELECT e.seq, json_object(
  'event_id', e.event_id,
  'type', e.type,
  'received_at', strftime('%Y-%m-%dT%H:%M:%fZ', e.seq / 1024 / 1000.0, 'unixepoch'),
  'fields', json(e.fields)
)
FROM event AS e WHERE e.install = ?1 AND e.seq > ?2 ORDER BY e.seq LIMIT ?3
