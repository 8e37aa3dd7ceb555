-- The installs active on days with each value of a dimension: ?1 dimension, ?2 first day, ?3 last day.
SELECT v.value, a.day, a.bits
FROM value AS v JOIN activity AS a ON a.value = v.id
WHERE v.dimension = ?1 AND a.day BETWEEN ?2 AND ?3
