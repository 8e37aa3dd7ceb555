-- Installs by the value they reported last among events received in a range: ?1 where it stands as [[type, JSON path], ...],
-- ?2 the first sequence, ?3 the sequence behind the last.
SELECT value, count(*)
FROM (
  -- The value is that of the row with the highest sequence, as SQLite has it beside a lone max().
  SELECT e.install, max(e.seq), CASE json_type(e.fields, p.path)
    WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(json_extract(e.fields, p.path) AS TEXT)
  END AS value
  FROM event AS e JOIN (SELECT value ->> 0 AS type, value ->> 1 AS path FROM json_each(?1)) AS p ON p.type = e.type
  WHERE e.seq >= ?2 AND e.seq < ?3 AND e.install IS NOT NULL AND json_extract(e.fields, p.path) IS NOT NULL
  GROUP BY e.install
)
GROUP BY value ORDER BY value
