-- The install of an id: ?1 the id, ?2 its hash. Every install has its key.
SELECT id, first_active, last_received FROM install
WHERE install_id = ?1 AND id IN (
  SELECT id FROM install_key WHERE hash = ?2
  UNION ALL
  SELECT id FROM install_collision WHERE install_id = ?1
)
