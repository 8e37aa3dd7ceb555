-- The stored events that a question reads: the beginning of its statement. ?1 the places of what it is about, as [[type, JSON
-- path, JSON path of what is told beside it], ...], where the empty type stands for all others; ?2 the first sequence that
-- can matter, ?3 and ?4 the first and last millisecond; ?5 which values events must have, as [[type, JSON path or null for
-- the type itself, what silence means, value], ...], one of them in each of ?6 dimensions.
-- Places and conditions are materialized so that their JSON is read once, and not for every event.
WITH
  place AS MATERIALIZED (
    SELECT value ->> 0 AS type, value ->> 1 AS path, value ->> 2 AS beside FROM json_each(?1)
  ),
  condition AS MATERIALIZED (
    SELECT value ->> 0 AS type, value ->> 1 AS path, value ->> 2 AS silence, value ->> 3 AS wanted FROM json_each(?5)
  ),
  asked AS (
    SELECT
      e.seq AS seq, coalesce(e.occurred_at, e.seq / 1024) AS at, e.install AS install, e.fields AS fields,
      p.path AS path, p.beside AS beside
    FROM event AS e JOIN place AS p ON p.type = iif(e.type IN (SELECT type FROM place), e.type, '')
    WHERE e.seq >= ?2 AND coalesce(e.occurred_at, e.seq / 1024) BETWEEN ?3 AND ?4
      -- An event has one value of a dimension at the most, so as many are met as there are values found.
      AND (?6 = 0 OR ?6 = (
        SELECT count(*) FROM condition AS c
        WHERE c.type = iif(e.type IN (SELECT type FROM condition), e.type, '') AND c.wanted = CASE
          WHEN c.path IS NULL THEN e.type
          WHEN json_type(e.fields, c.path) = 'text' THEN e.fields ->> c.path
          WHEN json_type(e.fields, c.path) IN ('true', 'false') THEN e.fields -> c.path
          ELSE c.silence
        END
      ))
  )
