-- The sets that events which are not folded yet may be added to: ?1 dimension, ?2 first day, ?3 last day.
WITH unfolded AS (
  SELECT coalesce(occurred_at, seq / 1024) AS at FROM event
  WHERE seq > coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1)
  UNION ALL
  SELECT occurred_at FROM fold_exception WHERE type IS NOT NULL
)
SELECT a.value, a.day, a.chunk, a.bits
FROM value AS v JOIN activity AS a ON a.value = v.id
WHERE v.dimension = ?1 AND a.day BETWEEN ?2 AND ?3
  -- Also days before 1970 begin at their midnight.
  AND a.day IN (SELECT iif(at < 0, at - 86399999, at) / 86400000 FROM unfolded)
