-- The most frequent errors, behind asked.sql, with the place of the version beside that of the error: ?7 how many.
-- Error, or NULL for all together; events, installs, versions as a JSON array.
  , hit AS MATERIALIZED (
    SELECT error, fields ->> beside AS version, install
    FROM (SELECT fields ->> path AS error, fields, beside, install FROM asked)
    WHERE typeof(error) = 'text'
  ),
  top AS MATERIALIZED (
    SELECT
      error, count(*) AS events, count(DISTINCT install) AS installs,
      json_group_array(DISTINCT version) FILTER (WHERE typeof(version) = 'text') AS versions
    FROM hit GROUP BY error ORDER BY events DESC, error LIMIT ?7
  )
SELECT error, events, installs, versions FROM top
UNION ALL
SELECT NULL, count(*), count(DISTINCT install), '[]' FROM hit
