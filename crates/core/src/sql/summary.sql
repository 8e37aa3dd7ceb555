SELECT
  (SELECT count(*) FROM event),
  (SELECT count(*) FROM install),
  (SELECT count(DISTINCT install) FROM activity WHERE day = ?1),
  (SELECT count(DISTINCT install) FROM activity WHERE day BETWEEN ?2 AND ?1),
  (SELECT count(DISTINCT install) FROM activity WHERE day BETWEEN ?3 AND ?1)
