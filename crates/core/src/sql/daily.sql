-- Events and installs of days with each value of a dimension: ?1 dimension, ?2 first day, ?3 last day.
SELECT v.value, d.day, d.events, d.installs
FROM value AS v JOIN daily AS d ON d.value = v.id
WHERE v.dimension = ?1 AND d.day BETWEEN ?2 AND ?3
