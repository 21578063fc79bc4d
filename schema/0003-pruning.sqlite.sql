-- Pruning. The same stands in 0003-pruning.mysql.sql.

-- which versions an attempt made: an attempt is kept as long as there are any
CREATE INDEX IF NOT EXISTS versions_by_attempt ON versions (attempt_id);

-- Jobs that were pruned, while rows of theirs are left.
CREATE TABLE IF NOT EXISTS pruned_jobs (
  job_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (job_id)
) STRICT;
