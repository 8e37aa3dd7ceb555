-- Leaves a tombstone: ?1 its hash, ?2 the id of the install, ?3 the hash of that. Its number stays while it has events.
INSERT INTO forgotten (hash, install) VALUES (?1, (
  SELECT id FROM install WHERE install_id = ?2 AND id IN (
    SELECT id FROM install_key WHERE hash = ?3
    UNION ALL
    SELECT id FROM install_collision WHERE install_id = ?2
  )
))
ON CONFLICT (hash) DO UPDATE SET install = coalesce(excluded.install, install)
