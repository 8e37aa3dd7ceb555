-- How many events and installs there are. Events are counted as far as they are folded; only the rest is read.
SELECT
  coalesce((SELECT value FROM meta WHERE name = 'folded_events'), 0) + (
    SELECT count(*) FROM event
    WHERE seq > coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1)
  ),
  (SELECT count(*) FROM install)
