-- Forgets the hashes of events that go: ?1 as [[seq, hash], ...].
DELETE FROM event_key
WHERE hash IN (SELECT e.value ->> 1 FROM json_each(?1) AS e) AND seq IN (SELECT e.value ->> 0 FROM json_each(?1) AS e)
