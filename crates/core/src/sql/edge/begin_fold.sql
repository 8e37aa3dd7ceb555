-- Begins to change what was read as of a version of sets and counts, ?1. Where that is not the version any more, the
-- constraint on the column fails, and with it the whole batch.
INSERT INTO meta (name, value) VALUES ('fold_version', CAST(?1 AS INTEGER) + 1)
ON CONFLICT (name) DO UPDATE SET value = iif(value = ?1, value + 1, NULL)
