-- The events that are not folded yet, to count them by their values: ?1 how many.
SELECT seq, type, install, occurred_at, contract, fields FROM event
WHERE seq > coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1)
  AND seq NOT IN (SELECT seq FROM fold_exception)
UNION ALL
SELECT seq, type, install, occurred_at, contract, fields FROM fold_exception WHERE type IS NOT NULL
ORDER BY seq LIMIT ?1
