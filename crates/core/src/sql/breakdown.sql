-- The values of a field: ?1 its places as [[type, JSON path], ...], where the empty type stands for all others; ?2 the
-- first sequence that can matter, ?3 and ?4 the first and last millisecond, ?5 how many by name, ?6 whether they are counts
-- by name.
-- Kinds of rows: 1 a value, 0 all others, 2 everything; events or the sum of counts, installs, how many values.
-- A count of zero tells of nothing. Sums beyond 2^53 are rounded, and none is too large: clients choose the counts.
WITH
  place AS (SELECT value ->> 0 AS type, value ->> 1 AS path FROM json_each(?1)),
  hit AS MATERIALIZED (
    SELECT
      CASE
        WHEN ?6 THEN item.key
        WHEN item.type IN ('true', 'false') THEN item.type
        ELSE CAST(item.atom AS TEXT)
      END AS value,
      item.atom AS weight, e.seq AS seq, e.install AS install
    FROM event AS e
    JOIN place AS p ON p.type = iif(e.type IN (SELECT type FROM place), e.type, '')
    JOIN json_each(e.fields, p.path) AS item
    WHERE e.seq >= ?2 AND coalesce(e.occurred_at, e.seq / 1024) BETWEEN ?3 AND ?4
      AND (json_type(e.fields, p.path) = 'object') = ?6
      AND iif(?6, item.type = 'integer' AND item.atom > 0, item.atom IS NOT NULL)
  ),
  top AS MATERIALIZED (
    SELECT
      value,
      iif(?6, CAST(total(weight) AS INTEGER), count(DISTINCT seq)) AS reported,
      count(DISTINCT install) AS installs
    FROM hit GROUP BY value ORDER BY reported DESC, value LIMIT ?5
  )
SELECT 1 AS kind, value, reported, installs, 1 AS found FROM top
UNION ALL
SELECT
  0, '', iif(?6, CAST(total(weight) AS INTEGER), count(DISTINCT seq)), count(DISTINCT install), count(DISTINCT value)
FROM hit WHERE value NOT IN (SELECT value FROM top)
UNION ALL
SELECT
  2, '', iif(?6, CAST(total(weight) AS INTEGER), count(DISTINCT seq)), count(DISTINCT install), count(DISTINCT value)
FROM hit
