SELECT name, value FROM meta
WHERE name IN ('app', 'forgotten_key', 'folded_seq', 'folded_events', 'first_active_day')
UNION ALL
SELECT 'merged_install', max(
  coalesce((SELECT max(id) FROM install), 0), coalesce((SELECT max(install) FROM forgotten), 0),
  coalesce((SELECT value FROM meta WHERE name = 'merged_install'), 0)
)
