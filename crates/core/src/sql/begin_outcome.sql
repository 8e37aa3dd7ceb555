INSERT INTO outcome (day, outcome, reason, field, client_version, count)
SELECT ?1, ?2, ?3, ?4, iif(count(*) < 200, ?5, 'other'), ?6
FROM outcome WHERE day = ?1 AND outcome = ?2 AND reason = ?3 AND field = ?4
ON CONFLICT (day, outcome, reason, field, client_version) DO UPDATE SET count = count + excluded.count
