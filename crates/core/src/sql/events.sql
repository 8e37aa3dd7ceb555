-- How many events there are of each day, behind asked.sql: the UTC day since 1970, how many.
SELECT at / 86400000 AS day, count(*) FROM asked GROUP BY day
