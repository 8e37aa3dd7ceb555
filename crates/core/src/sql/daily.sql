-- Events and installs of days with each value of a dimension: ?1 dimension, ?2 first day, ?3 last day, ?4 the first day
-- that values made up by clients are told of.
SELECT v.value, d.day, d.events, d.installs
FROM value AS v JOIN daily AS d ON d.value = v.id
WHERE v.dimension = ?1 AND d.day BETWEEN ?2 AND ?3 AND (v.is_kept OR d.day >= ?4)
