-- The values of a field, behind asked.sql: ?7 how many by name, ?8 whether they are counts by name.
-- Kinds of rows: 1 a value, 0 all others, 2 everything; events or the sum of counts, installs, how many values.
-- A count of zero tells of nothing. Sums beyond 2^53 are rounded, and none is too large: clients choose the counts.
  , hit AS MATERIALIZED (
    SELECT
      CASE
        WHEN ?8 THEN item.key
        WHEN item.type IN ('true', 'false') THEN item.type
        ELSE CAST(item.atom AS TEXT)
      END AS value,
      item.atom AS weight, asked.seq AS seq, asked.install AS install
    FROM asked JOIN json_each(asked.fields, asked.path) AS item
    WHERE (json_type(asked.fields, asked.path) = 'object') = ?8
      AND iif(?8, item.type = 'integer' AND item.atom > 0, item.atom IS NOT NULL)
  ),
  top AS MATERIALIZED (
    SELECT
      value,
      iif(?8, CAST(total(weight) AS INTEGER), count(DISTINCT seq)) AS reported,
      count(DISTINCT install) AS installs
    FROM hit GROUP BY value ORDER BY reported DESC, value LIMIT ?7
  )
SELECT 1 AS kind, value, reported, installs, 1 AS found FROM top
UNION ALL
SELECT
  0, '', iif(?8, CAST(total(weight) AS INTEGER), count(DISTINCT seq)), count(DISTINCT install), count(DISTINCT value)
FROM hit WHERE value NOT IN (SELECT value FROM top)
UNION ALL
SELECT
  2, '', iif(?8, CAST(total(weight) AS INTEGER), count(DISTINCT seq)), count(DISTINCT install), count(DISTINCT value)
FROM hit
