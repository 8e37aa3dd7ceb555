-- What a number field held, by period: ?1 its places as [[type, JSON path], ...], where the empty type stands for all
-- others; ?2 the first sequence that can matter, ?3 and ?4 the first and last millisecond, ?5 `day`, `week` or `month`.
-- Under an earlier contract, something else may have stood at its place.
-- The first UTC day of the period since 1970, how many, sum, mean, median, 95th percentile.
WITH
  place AS (SELECT value ->> 0 AS type, value ->> 1 AS path FROM json_each(?1)),
  hit AS (
    SELECT coalesce(e.occurred_at, e.seq / 1024) AS at, json_extract(e.fields, p.path) AS number
    FROM event AS e JOIN place AS p ON p.type = iif(e.type IN (SELECT type FROM place), e.type, '')
    WHERE e.seq >= ?2 AND coalesce(e.occurred_at, e.seq / 1024) BETWEEN ?3 AND ?4
      AND json_type(e.fields, p.path) IN ('integer', 'real')
  ),
  dated AS (
    SELECT
      CASE ?5
        WHEN 'day' THEN at / 86400000
        WHEN 'week' THEN (at / 86400000 + 3) / 7 * 7 - 3
        ELSE unixepoch(at / 1000, 'unixepoch', 'start of month') / 86400
      END AS period,
      number
    FROM hit
  ),
  ranked AS (
    SELECT
      period, number,
      row_number() OVER (PARTITION BY period ORDER BY number) AS rank,
      count(*) OVER (PARTITION BY period) AS n
    FROM dated
  )
SELECT
  period,
  count(*),
  total(number),
  avg(number),
  avg(number) FILTER (WHERE rank IN ((n + 1) / 2, n / 2 + 1)),
  max(number) FILTER (WHERE rank = (95 * n + 99) / 100)
FROM ranked GROUP BY period ORDER BY period
