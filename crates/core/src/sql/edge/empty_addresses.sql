-- Empties hashes of addresses that were received before a sequence, ?1, ?2 events at the most. The next statement notes how
-- far that is done.
UPDATE event SET address = NULL
WHERE address IS NOT NULL AND seq IN (
  SELECT seq FROM event
  WHERE seq >= coalesce((SELECT value FROM meta WHERE name = 'addresses_emptied_before'), 0) AND seq < ?1
  ORDER BY seq LIMIT ?2
)
