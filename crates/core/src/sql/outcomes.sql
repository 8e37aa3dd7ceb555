-- What became of events that were received on days: ?1 first day, ?2 last day.
SELECT outcome, reason, field, client_version, sum(count) AS total, min(day), max(day)
FROM outcome WHERE day BETWEEN ?1 AND ?2
GROUP BY outcome, reason, field, client_version
ORDER BY total DESC, outcome, reason, field, client_version
