-- Notes the highest number that an install had, before installs go: no other gets it again.
INSERT INTO meta (name, value) SELECT 'merged_install', coalesce(max(id), 0) FROM install WHERE true
ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)
