-- Notes up to where hashes of addresses are emptied; parameters as before.
INSERT INTO meta (name, value)
SELECT 'addresses_emptied_before', CAST(iif(count(*) < ?2, ?1, max(seq) + 1) AS INTEGER) FROM (
  SELECT seq FROM event
  WHERE seq >= coalesce((SELECT value FROM meta WHERE name = 'addresses_emptied_before'), 0) AND seq < ?1
  ORDER BY seq LIMIT ?2
) WHERE true
ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)
