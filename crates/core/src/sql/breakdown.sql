-- The values of a field: ?1 its places as [[type, JSON path], ...], ?2 the first sequence that can matter, ?3 and ?4 the
-- first and last millisecond, ?5 how many by name, ?6 whether they are counts by name.
-- Kinds of rows: 1 a value, 0 all others, 2 everything; events, installs, how many values.
WITH
  place AS (SELECT value ->> 0 AS type, value ->> 1 AS path FROM json_each(?1)),
  hit AS MATERIALIZED (
    SELECT
      CASE WHEN ?6 THEN item.key ELSE item.atom END AS value,
      CASE WHEN ?6 THEN item.atom ELSE 1 END AS weight,
      e.install AS install
    FROM event AS e
    JOIN place AS p ON p.type = e.type
    JOIN json_each(e.fields, p.path) AS item
    WHERE e.seq >= ?2 AND coalesce(e.occurred_at, e.seq / 1024) BETWEEN ?3 AND ?4 AND item.atom IS NOT NULL
  ),
  top AS MATERIALIZED (
    SELECT value, sum(weight) AS events, count(DISTINCT install) AS installs
    FROM hit GROUP BY value ORDER BY events DESC, value LIMIT ?5
  )
SELECT 1 AS kind, CAST(value AS TEXT), events, installs, 1 FROM top
UNION ALL
SELECT 0, '', coalesce(sum(weight), 0), count(DISTINCT install), count(DISTINCT value)
FROM hit WHERE value NOT IN (SELECT value FROM top)
UNION ALL
SELECT 2, '', coalesce(sum(weight), 0), count(DISTINCT install), count(DISTINCT value) FROM hit
