-- How many events and installs there are, and how many installs were heard of since a sequence (?1), of which so many
-- events at the most are read (?2). Events are counted as far as they are folded; only the rest is read.
SELECT
  coalesce((SELECT value FROM meta WHERE name = 'folded_events'), 0) + (
    SELECT count(*) FROM event
    WHERE seq > coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1)
  ),
  (SELECT count(*) FROM install),
  (SELECT count(DISTINCT install) FROM (SELECT install FROM event WHERE seq >= ?1 ORDER BY seq DESC LIMIT ?2))
