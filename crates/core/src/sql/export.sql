SELECT json_object(
  'id', CAST(e.seq AS TEXT),
  'event_id', e.event_id,
  'type', e.type,
  'install_id', CASE typeof(i.install_id) WHEN 'blob' THEN lower(
    substr(hex(i.install_id), 1, 8) || '-' || substr(hex(i.install_id), 9, 4) || '-' || substr(hex(i.install_id), 13, 4)
    || '-' || substr(hex(i.install_id), 17, 4) || '-' || substr(hex(i.install_id), 21)
  ) ELSE i.install_id END,
  'received_at', strftime('%Y-%m-%dT%H:%M:%fZ', e.seq / 1024 / 1000.0, 'unixepoch'),
  'fields', json(e.fields)
)
FROM event AS e LEFT JOIN install AS i ON i.id = e.install ORDER BY e.seq
