-- Stores the values that events are counted by, and that their counts are kept: ?1 as [[number, dimension, value, is_kept], ...].
INSERT INTO value (id, dimension, value, is_kept)
SELECT v.value ->> 0, v.value ->> 1, v.value ->> 2, v.value ->> 3 FROM json_each(?1) AS v WHERE true
ON CONFLICT (id) DO UPDATE SET is_kept = 1 WHERE excluded.is_kept > is_kept
