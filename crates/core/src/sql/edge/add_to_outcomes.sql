INSERT INTO outcome (day, outcome, reason, field, client_version, count)
SELECT ?3, outcome, reason, field, CASE
    WHEN client_version = '' THEN ''
    WHEN EXISTS (
      SELECT 1 FROM outcome AS o WHERE o.day = ?3 AND o.outcome = c.outcome AND o.reason = c.reason
        AND o.field = c.field AND o.client_version = c.client_version
    ) THEN client_version
    WHEN 200 > (
      SELECT count(*) FROM outcome AS o
      WHERE o.day = ?3 AND o.outcome = c.outcome AND o.reason = c.reason AND o.field = c.field
    ) THEN client_version
    ELSE 'other'
  END AS version, sum(count)
FROM (
  -- The events of the batch by what was decided about them.
  SELECT
    CASE d.verdict
      WHEN 'replaced' THEN 'duplicate'
      WHEN 'install' THEN 'limited' WHEN 'address' THEN 'limited'
      WHEN 'forgotten' THEN 'refused' WHEN 'too_many_types' THEN 'refused'
      ELSE d.verdict
    END AS outcome,
    iif(d.verdict IN ('accepted', 'duplicate', 'replaced'), '', d.verdict) AS reason,
    '' AS field, e.value ->> '$.client_version' AS client_version, 1 AS count
  FROM json_each(?1) AS e JOIN decision AS d ON d.place = e.key
  UNION ALL
  -- The fields that were dropped from accepted ones.
  SELECT 'discarded', 'undeclared', f.value ->> '$[0]', e.value ->> '$.client_version', f.value ->> '$[1]'
  FROM json_each(?1) AS e JOIN decision AS d ON d.place = e.key JOIN json_each(e.value, '$.discarded') AS f
  WHERE d.verdict = 'accepted'
  UNION ALL
  -- What the contract refused.
  SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]' FROM json_each(?2)
) AS c
WHERE true
GROUP BY outcome, reason, field, version
ON CONFLICT (day, outcome, reason, field, client_version) DO UPDATE SET count = count + excluded.count
