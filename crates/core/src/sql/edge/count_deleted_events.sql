-- Counts events that go as folded no more: ?1 as [[seq, hash], ...].
INSERT INTO meta (name, value)
SELECT 'folded_events', -count(*) FROM event
WHERE seq IN (SELECT e.value ->> 0 FROM json_each(?1) AS e)
  AND seq <= coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1)
ON CONFLICT (name) DO UPDATE SET value = value + excluded.value
