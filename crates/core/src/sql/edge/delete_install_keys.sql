-- Forgets the hashes of installs that were not heard of since a day: ?1 as [[number, hash], ...], ?2 the day.
DELETE FROM install_key
WHERE hash IN (SELECT i.value ->> 1 FROM json_each(?1) AS i) AND id IN (
  SELECT id FROM install WHERE id IN (SELECT i.value ->> 0 FROM json_each(?1) AS i) AND last_received < ?2
)
