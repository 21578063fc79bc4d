-- The dashboard: what its pages read, and who may use it. The same stands in 0004-dashboard.sqlite.sql.

ALTER TABLE tasks ADD KEY tasks_by_node (job_id, node);
ALTER TABLE attempts ADD KEY attempts_by_end (ended_at);
ALTER TABLE failures ADD KEY failures_by_time (at, attempt_id);
ALTER TABLE failures ADD KEY failures_by_job (job_id, at, attempt_id);
ALTER TABLE log_chunks ADD KEY log_chunks_by_time (at, attempt_id, number);
-- who reads a product of an earlier job
ALTER TABLE dependencies ADD KEY dependencies_by_version (version_id);

ALTER TABLE jobs ADD COLUMN submitted_by VARCHAR(255) NULL;

-- what the process has counted, with its last sign of life: JSON, core/runtime/tally.ts
ALTER TABLE processes ADD COLUMN report TEXT NULL;

-- Ended attempts by job, type, measure and bin of its value (core/model/bins.ts): the sums of usage_counts and
-- usage_deltas. Job 0 is all jobs, also those pruned since.
CREATE TABLE IF NOT EXISTS usage_counts (
  job_id BIGINT NOT NULL,
  type VARCHAR(100) NOT NULL,
  measure VARCHAR(8) NOT NULL,
  bin SMALLINT NOT NULL,
  attempts BIGINT NOT NULL,
  -- of their values
  total DOUBLE NOT NULL,
  PRIMARY KEY (job_id, type, measure, bin),
  CHECK (measure IN ('wall', 'cpu', 'memory'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS usage_deltas (
  id BIGINT NOT NULL AUTO_INCREMENT,
  job_id BIGINT NOT NULL,
  type VARCHAR(100) NOT NULL,
  measure VARCHAR(8) NOT NULL,
  bin SMALLINT NOT NULL,
  attempts INT NOT NULL,
  total DOUBLE NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What stands in usages already.
INSERT INTO usage_counts (job_id, type, measure, bin, attempts, total)
SELECT job_id, type, 'wall', CAST(FLOOR(8 * LOG2(GREATEST(wall_ms, 0.0009765625))) AS SIGNED) AS place, COUNT(*), SUM(wall_ms)
FROM usages WHERE wall_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM usage_counts WHERE measure = 'wall')
GROUP BY job_id, type, place;

INSERT INTO usage_counts (job_id, type, measure, bin, attempts, total)
SELECT job_id, type, 'cpu', CAST(FLOOR(8 * LOG2(GREATEST(cpu_ms, 0.0009765625))) AS SIGNED) AS place, COUNT(*), SUM(cpu_ms)
FROM usages WHERE cpu_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM usage_counts WHERE measure = 'cpu')
GROUP BY job_id, type, place;

INSERT INTO usage_counts (job_id, type, measure, bin, attempts, total)
SELECT job_id, type, 'memory', CAST(FLOOR(8 * LOG2(GREATEST(peak_memory_bytes, 0.0009765625))) AS SIGNED) AS place, COUNT(*), SUM(peak_memory_bytes)
FROM usages WHERE peak_memory_bytes IS NOT NULL AND NOT EXISTS (SELECT 1 FROM usage_counts WHERE measure = 'memory')
GROUP BY job_id, type, place;

INSERT INTO usage_counts (job_id, type, measure, bin, attempts, total)
SELECT 0, type, measure, bin, SUM(attempts), SUM(total)
FROM usage_counts WHERE NOT EXISTS (SELECT 1 FROM usage_counts WHERE job_id = 0)
GROUP BY type, measure, bin;

-- How many work tasks came to each end, by the minute in which that was counted.
CREATE TABLE IF NOT EXISTS throughput (
  minute BIGINT NOT NULL,
  type VARCHAR(100) NOT NULL,
  state VARCHAR(12) NOT NULL,
  tasks BIGINT NOT NULL,
  PRIMARY KEY (minute, type, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What stood in the queue of each worker class, whenever that had changed.
CREATE TABLE IF NOT EXISTS queue_samples (
  worker_class VARCHAR(63) NOT NULL,
  at BIGINT NOT NULL,
  queued BIGINT NOT NULL,
  in_line BIGINT NOT NULL,
  set_aside BIGINT NOT NULL,
  running BIGINT NOT NULL,
  workers INT NOT NULL,
  slots INT NOT NULL,
  PRIMARY KEY (worker_class, at),
  KEY queue_samples_by_time (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a scheduler or worker had to wait for, noted when it was over.
CREATE TABLE IF NOT EXISTS outages (
  process_id BIGINT NOT NULL,
  began_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  what VARCHAR(64) NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (process_id, began_at, what),
  KEY outages_by_end (ended_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS users (
  name VARCHAR(64) NOT NULL,
  role VARCHAR(8) NOT NULL,
  -- scheme, parameters, salt and hash
  password VARCHAR(255) NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (name),
  CHECK (role IN ('viewer', 'operator', 'admin'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Logins that have not ended. The id is the SHA-256 of what the browser's cookie holds.
CREATE TABLE IF NOT EXISTS sessions (
  id CHAR(64) NOT NULL,
  user VARCHAR(64) NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY sessions_by_user (user),
  KEY sessions_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- For programs. Of the secret, which is shown once, only the SHA-256 is kept.
CREATE TABLE IF NOT EXISTS tokens (
  id BIGINT NOT NULL,
  user VARCHAR(64) NOT NULL,
  name VARCHAR(100) NOT NULL,
  role VARCHAR(8) NOT NULL,
  sha256 CHAR(64) NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT NULL,
  expires_at BIGINT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY tokens_by_secret (sha256),
  KEY tokens_by_user (user),
  CHECK (role IN ('viewer', 'operator', 'admin'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
