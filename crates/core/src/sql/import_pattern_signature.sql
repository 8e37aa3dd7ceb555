INSERT INTO pattern_signatures VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (signature_hash) DO UPDATE SET
  first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen),
  occurrence_count = occurrence_count + excluded.occurrence_count,
  avg_confidence = coalesce(
    (avg_confidence * occurrence_count + excluded.avg_confidence * excluded.occurrence_count)
      / (occurrence_count + excluded.occurrence_count),
    avg_confidence, excluded.avg_confidence
  ),
  avg_location_count = coalesce(
    (avg_location_count * occurrence_count + excluded.avg_location_count * excluded.occurrence_count)
      / (occurrence_count + excluded.occurrence_count),
    avg_location_count, excluded.avg_location_count
  ),
  avg_outlier_count = coalesce(
    (avg_outlier_count * occurrence_count + excluded.avg_outlier_count * excluded.occurrence_count)
      / (occurrence_count + excluded.occurrence_count),
    avg_outlier_count, excluded.avg_outlier_count
  )
