-- Adds to the counts of days: ?1 as [[value, day, events, installs], ...].
INSERT INTO daily (value, day, events, installs)
SELECT c.value ->> 0, c.value ->> 1, c.value ->> 2, c.value ->> 3 FROM json_each(?1) AS c WHERE true
ON CONFLICT (value, day) DO UPDATE SET events = events + excluded.events, installs = installs + excluded.installs
