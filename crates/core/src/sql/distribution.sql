-- What stands in a field, behind asked.sql: ?7 how many at the most.
-- JSON of each event that has it, and the install.
SELECT json, install
FROM (SELECT fields -> path AS json, install FROM asked)
WHERE json IS NOT NULL LIMIT ?7
