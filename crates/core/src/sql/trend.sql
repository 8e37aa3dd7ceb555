-- What a number field held, by period, behind asked.sql: ?7 `day`, `week` or `month`. Under an earlier contract, something
-- else may have stood at its place.
-- The first UTC day of the period since 1970, how many, sum, mean, median, 95th percentile.
  , hit AS (
    SELECT at, fields ->> path AS number FROM asked WHERE json_type(fields, path) IN ('integer', 'real')
  ),
  dated AS (
    SELECT
      CASE ?7
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
