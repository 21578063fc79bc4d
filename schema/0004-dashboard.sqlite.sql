-- The dashboard: what its pages read, and who may use it. The same stands in 0004-dashboard.mysql.sql.

CREATE INDEX IF NOT EXISTS tasks_by_node ON tasks (job_id, node);
CREATE INDEX IF NOT EXISTS attempts_by_end ON attempts (ended_at);
CREATE INDEX IF NOT EXISTS failures_by_time ON failures (at, attempt_id);
CREATE INDEX IF NOT EXISTS failures_by_job ON failures (job_id, at, attempt_id);
CREATE INDEX IF NOT EXISTS log_chunks_by_time ON log_chunks (at, attempt_id, number);
-- who reads a product of an earlier job
CREATE INDEX IF NOT EXISTS dependencies_by_version ON dependencies (version_id);

ALTER TABLE jobs ADD COLUMN submitted_by TEXT NULL;

-- what the process has counted, with its last sign of life: JSON, core/runtime/tally.ts
ALTER TABLE processes ADD COLUMN report TEXT NULL;

-- Ended attempts by job, type, measure and bin of its value (core/model/bins.ts): the sums of usage_counts and
-- usage_deltas. Job 0 is all jobs, also those pruned since.
CREATE TABLE IF NOT EXISTS usage_counts (
  job_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  measure TEXT NOT NULL,
  bin INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  -- of their values
  total REAL NOT NULL,
  PRIMARY KEY (job_id, type, measure, bin),
  CHECK (measure IN ('wall', 'cpu', 'memory'))
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS usage_deltas (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  measure TEXT NOT NULL,
  bin INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  total REAL NOT NULL
) STRICT;

-- What stands in usages already.
INSERT INTO usage_counts (job_id, type, measure, bin, attempts, total)
SELECT job_id, type, 'wall', CAST(FLOOR(8 * LOG2(MAX(wall_ms, 0.0009765625))) AS INTEGER) AS place, COUNT(*), SUM(wall_ms)
FROM usages WHERE wall_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM usage_counts WHERE measure = 'wall')
GROUP BY job_id, type, place;

INSERT INTO usage_counts (job_id, type, measure, bin, attempts, total)
SELECT job_id, type, 'cpu', CAST(FLOOR(8 * LOG2(MAX(cpu_ms, 0.0009765625))) AS INTEGER) AS place, COUNT(*), SUM(cpu_ms)
FROM usages WHERE cpu_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM usage_counts WHERE measure = 'cpu')
GROUP BY job_id, type, place;

INSERT INTO usage_counts (job_id, type, measure, bin, attempts, total)
SELECT job_id, type, 'memory', CAST(FLOOR(8 * LOG2(MAX(peak_memory_bytes, 0.0009765625))) AS INTEGER) AS place, COUNT(*), SUM(peak_memory_bytes)
FROM usages WHERE peak_memory_bytes IS NOT NULL AND NOT EXISTS (SELECT 1 FROM usage_counts WHERE measure = 'memory')
GROUP BY job_id, type, place;

INSERT INTO usage_counts (job_id, type, measure, bin, attempts, total)
SELECT 0, type, measure, bin, SUM(attempts), SUM(total)
FROM usage_counts WHERE NOT EXISTS (SELECT 1 FROM usage_counts WHERE job_id = 0)
GROUP BY type, measure, bin;

-- How many work tasks came to each end, by the minute in which that was counted.
CREATE TABLE IF NOT EXISTS throughput (
  minute INTEGER NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  tasks INTEGER NOT NULL,
  PRIMARY KEY (minute, type, state)
) STRICT, WITHOUT ROWID;

-- What stood in the queue of each worker class, whenever that had changed.
CREATE TABLE IF NOT EXISTS queue_samples (
  worker_class TEXT NOT NULL,
  at INTEGER NOT NULL,
  queued INTEGER NOT NULL,
  in_line INTEGER NOT NULL,
  set_aside INTEGER NOT NULL,
  running INTEGER NOT NULL,
  workers INTEGER NOT NULL,
  slots INTEGER NOT NULL,
  PRIMARY KEY (worker_class, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS queue_samples_by_time ON queue_samples (at);

-- What a scheduler or worker had to wait for, noted when it was over.
CREATE TABLE IF NOT EXISTS outages (
  process_id INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  what TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (process_id, began_at, what)
) STRICT;
CREATE INDEX IF NOT EXISTS outages_by_end ON outages (ended_at);

CREATE TABLE IF NOT EXISTS users (
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  -- scheme, parameters, salt and hash
  password TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (name),
  CHECK (role IN ('viewer', 'operator', 'admin'))
) STRICT;

-- Logins that have not ended. The id is the SHA-256 of what the browser's cookie holds.
CREATE TABLE IF NOT EXISTS sessions (
  id TEXT NOT NULL,
  user TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (id)
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user);
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at);

-- For programs. Of the secret, which is shown once, only the SHA-256 is kept.
CREATE TABLE IF NOT EXISTS tokens (
  id INTEGER NOT NULL,
  user TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER NULL,
  expires_at INTEGER NULL,
  PRIMARY KEY (id),
  CHECK (role IN ('viewer', 'operator', 'admin'))
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS tokens_by_secret ON tokens (sha256);
CREATE INDEX IF NOT EXISTS tokens_by_user ON tokens (user);
