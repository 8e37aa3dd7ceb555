-- The most frequent errors: ?1 where they stand as [[type, JSON path of the error, JSON path of the version], ...], ?2 the
-- first sequence that can matter, ?3 and ?4 the first and last millisecond, ?5 how many. The empty type stands for all
-- others.
-- Error, events, installs, versions as a JSON array.
WITH
  place AS (
    SELECT value ->> 0 AS type, value ->> 1 AS error, value ->> 2 AS version FROM json_each(?1)
  ),
  hit AS (
    SELECT
      json_extract(e.fields, p.error) AS error,
      json_extract(e.fields, p.version) AS version,
      e.install AS install
    FROM event AS e JOIN place AS p ON p.type = iif(e.type IN (SELECT type FROM place), e.type, '')
    WHERE e.seq >= ?2 AND coalesce(e.occurred_at, e.seq / 1024) BETWEEN ?3 AND ?4
  )
SELECT
  error, count(*) AS events, count(DISTINCT install),
  json_group_array(DISTINCT version) FILTER (WHERE typeof(version) = 'text')
FROM hit WHERE typeof(error) = 'text' GROUP BY error ORDER BY events DESC, error LIMIT ?5
