-- The installs that were seen first on days: ?1 first day, ?2 last day.
SELECT first_active, id FROM install WHERE first_active BETWEEN ?1 AND ?2
