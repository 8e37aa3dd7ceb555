SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM install)
