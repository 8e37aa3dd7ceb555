SELECT e.seq, e.type, e.event_id, i.install_id, e.occurred_at, e.fields
FROM event AS e LEFT JOIN install AS i ON i.id = e.install WHERE e.seq BETWEEN ?1 AND ?2 ORDER BY e.seq
