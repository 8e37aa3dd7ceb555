-- The install of an id: ?1 the id, ?2 its hash. Keys behind a watermark are in the memory of whoever writes.
SELECT id, first_active, last_received FROM install
WHERE install_id = ?1 AND id IN (
  SELECT id FROM install_key WHERE hash = ?2
  UNION ALL
  SELECT id FROM install_collision WHERE install_id = ?1
  UNION ALL
  SELECT id FROM install WHERE id > coalesce((SELECT value FROM meta WHERE name = 'merged_install'), 0)
)
