-- How many of each outcome: ?1 first day, ?2 last day.
SELECT day, outcome, sum(count) FROM outcome WHERE day BETWEEN ?1 AND ?2 GROUP BY day, outcome
