INSERT INTO outcome (day, outcome, reason, field, client_version, count)
SELECT ?1, ?2, ?3, ?4,
  CASE
    WHEN EXISTS (
      SELECT 1 FROM outcome WHERE day = ?1 AND outcome = ?2 AND reason = ?3 AND field = ?4 AND client_version = ?5
    ) THEN ?5
    WHEN (SELECT count(*) FROM outcome WHERE day = ?1 AND outcome = ?2 AND reason = ?3 AND field = ?4) < 200 THEN ?5
    ELSE 'other'
  END,
  ?6
WHERE true
ON CONFLICT (day, outcome, reason, field, client_version) DO UPDATE SET count = count + excluded.count
