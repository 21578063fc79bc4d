-- Pruning. The same stands in 0003-pruning.sqlite.sql.

-- which versions an attempt made: an attempt is kept as long as there are any
ALTER TABLE versions ADD KEY versions_by_attempt (attempt_id);

-- Jobs that were pruned, while rows of theirs are left.
CREATE TABLE IF NOT EXISTS pruned_jobs (
  job_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
