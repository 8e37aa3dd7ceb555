-- The latest events: ?1 a type, or NULL for all; ?2 how many.
SELECT seq, type, occurred_at, fields FROM event WHERE ?1 IS NULL OR type = ?1 ORDER BY seq DESC LIMIT ?2
