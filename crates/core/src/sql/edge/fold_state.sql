-- How far events are folded, the first day whose sets are kept, what tells whether either changed, and the last event.
SELECT
  coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1) AS folded_seq,
  coalesce((SELECT value FROM meta WHERE name = 'first_active_day'), -1000000) AS first_day,
  coalesce((SELECT value FROM meta WHERE name = 'fold_version'), 0) AS version,
  coalesce((SELECT max(seq) FROM event), -1) AS last_seq
