-- Counts the events up to a sequence as folded: ?1.
INSERT INTO meta (name, value)
SELECT 'folded_events', count(*) FROM event
WHERE seq > coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1) AND seq <= ?1
ON CONFLICT (name) DO UPDATE SET value = value + excluded.value
