-- Stores sets: ?1 as [[value, day, chunk, hex], ...].
INSERT INTO activity (value, day, chunk, bits)
SELECT s.value ->> 0, s.value ->> 1, s.value ->> 2, unhex(s.value ->> 3) FROM json_each(?1) AS s WHERE true
ON CONFLICT (value, day, chunk) DO UPDATE SET bits = excluded.bits
