-- Sets by their places: ?1 as [[value, day, chunk], ...].
SELECT a.value, a.day, a.chunk, a.bits
FROM json_each(?1) AS p CROSS JOIN activity AS a
  ON a.value = p.value ->> 0 AND a.day = p.value ->> 1 AND a.chunk = p.value ->> 2
