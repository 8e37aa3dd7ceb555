INSERT INTO action_aggregates VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (category, action, confidence_bucket) DO UPDATE SET
  count = count + excluded.count,
  avg_hours_to_decision = coalesce(
    (avg_hours_to_decision * count + excluded.avg_hours_to_decision * excluded.count) / (count + excluded.count),
    avg_hours_to_decision, excluded.avg_hours_to_decision
  )
