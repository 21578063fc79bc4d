-- Easel's tables for MySQL 8 and MariaDB 10.6 and later. The same tables stand in 0001-initial.sqlite.sql.
-- Instants are milliseconds since 1970, by the database's clock. Hot tables (ready_tasks, queue_entries,
-- count_deltas, publications, wanted) hold only what is in hand; nothing here is ever scanned whole.

CREATE TABLE IF NOT EXISTS installation (
  name VARCHAR(64) NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The next free ids: of jobs, one by one, and of the rows of all other tables, which processes take in blocks.
CREATE TABLE IF NOT EXISTS ids (
  name VARCHAR(16) NOT NULL,
  next BIGINT NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO ids (name, next) SELECT * FROM (SELECT 'rows' AS name, 1 AS next UNION SELECT 'jobs', 1) first WHERE NOT EXISTS (SELECT 1 FROM ids);

CREATE TABLE IF NOT EXISTS jobs (
  id BIGINT NOT NULL,
  name VARCHAR(255) NULL,
  state VARCHAR(12) NOT NULL,
  priority INT NOT NULL DEFAULT 0,
  -- flow tasks that may still create tasks, and so products
  pending_flows INT NOT NULL,
  definition LONGTEXT NOT NULL,
  submitted_at BIGINT NOT NULL,
  ended_at BIGINT NULL,
  PRIMARY KEY (id),
  KEY jobs_by_state (state, id),
  CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a subtree inherits: metadata (loop variables among them), directory, label.
CREATE TABLE IF NOT EXISTS scopes (
  id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  job_name VARCHAR(255) NULL,
  working_directory VARCHAR(700) NOT NULL,
  metadata LONGTEXT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS tasks (
  id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  parent_id BIGINT NULL,
  position INT NOT NULL,
  node INT NOT NULL,
  scope_id BIGINT NOT NULL,
  kind VARCHAR(12) NOT NULL,
  type VARCHAR(100) NOT NULL,
  worker_class VARCHAR(63) NULL,
  state VARCHAR(12) NOT NULL,
  `rank` INT NOT NULL DEFAULT 0,
  -- things it still waits for; zero and waiting never stand together
  unmet INT NOT NULL DEFAULT 0,
  -- flow tasks: children that have not ended (those not yet created count), and those that ended badly
  open_children INT NOT NULL DEFAULT 0,
  bad_children INT NOT NULL DEFAULT 0,
  -- flow tasks: children created so far
  created_children INT NOT NULL DEFAULT 0,
  attempts INT NOT NULL DEFAULT 0,
  -- attempts lost with their worker since the task was last tried to an end, or given another chance
  losses INT NOT NULL DEFAULT 0,
  -- why it failed without an attempt, or is blocked
  cause_id BIGINT NULL,
  reason TEXT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY tasks_by_parent (parent_id, position),
  KEY tasks_by_job (job_id),
  CHECK (state IN ('waiting', 'ready', 'queued', 'running', 'expanded', 'done', 'failed', 'blocked', 'cancelled', 'not_taken')),
  CHECK (kind IN ('chain', 'for_loop', 'conditional', 'do_while', 'work'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a task needs: an input (of a task, of an earlier job, of the input area) or the metadata of another task.
CREATE TABLE IF NOT EXISTS dependencies (
  consumer_id BIGINT NOT NULL,
  ordinal INT NOT NULL,
  kind VARCHAR(8) NOT NULL,
  name VARCHAR(255) NOT NULL,
  address VARCHAR(700) NULL,
  producer_id BIGINT NULL,
  product_id BIGINT NULL,
  version_id BIGINT NULL,
  PRIMARY KEY (consumer_id, ordinal),
  KEY dependencies_by_producer (producer_id),
  CHECK (kind IN ('input', 'glob', 'file', 'metadata', 'order'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Inputs whose producer has not been created yet.
CREATE TABLE IF NOT EXISTS wanted (
  job_id BIGINT NOT NULL,
  address VARCHAR(700) NOT NULL,
  consumer_id BIGINT NOT NULL,
  ordinal INT NOT NULL,
  PRIMARY KEY (job_id, address, consumer_id, ordinal),
  KEY wanted_by_consumer (consumer_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ready_tasks (
  -- empty: tasks to be expanded; else the worker class that tasks are to be dispatched to
  line VARCHAR(63) NOT NULL,
  job_id BIGINT NOT NULL,
  `rank` INT NOT NULL,
  task_id BIGINT NOT NULL,
  PRIMARY KEY (line, job_id, `rank`, task_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS attempts (
  id BIGINT NOT NULL,
  task_id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  number INT NOT NULL,
  state VARCHAR(12) NOT NULL,
  -- the task while the attempt is open: at most one open attempt per task
  open_task_id BIGINT NULL,
  worker_id BIGINT NULL,
  lease_until BIGINT NULL,
  seed BIGINT NOT NULL,
  queued_at BIGINT NOT NULL,
  started_at BIGINT NULL,
  ended_at BIGINT NULL,
  exit_class VARCHAR(12) NULL,
  exit_code INT NULL,
  exit_signal VARCHAR(16) NULL,
  error TEXT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY attempts_by_task (task_id, number),
  UNIQUE KEY attempts_open (open_task_id),
  KEY attempts_by_lease (lease_until),
  CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'lost', 'cancelled')),
  CHECK (exit_class IN ('error', 'exit', 'signal', 'oom', 'timeout', 'qc', 'lost', 'cancelled'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What waits for a worker, whichever queue carries the hint. A row goes when its attempt is claimed.
CREATE TABLE IF NOT EXISTS queue_entries (
  worker_class VARCHAR(63) NOT NULL,
  `rank` INT NOT NULL,
  attempt_id BIGINT NOT NULL,
  task_id BIGINT NOT NULL,
  published_at BIGINT NOT NULL,
  PRIMARY KEY (worker_class, `rank`, attempt_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS usages (
  attempt_id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  type VARCHAR(100) NOT NULL,
  wall_ms DOUBLE NOT NULL,
  cpu_ms DOUBLE NULL,
  peak_memory_bytes BIGINT NULL,
  PRIMARY KEY (attempt_id),
  KEY usages_by_type (type, job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS failures (
  attempt_id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  task_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (job_id, task_id, attempt_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS output_metadata (
  task_id BIGINT NOT NULL,
  metadata LONGTEXT NOT NULL,
  PRIMARY KEY (task_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A file address that a task of a job declares; version_id is the newest version that passed quality control.
CREATE TABLE IF NOT EXISTS products (
  id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  task_id BIGINT NOT NULL,
  output VARCHAR(255) NOT NULL,
  address VARCHAR(700) NOT NULL,
  version_id BIGINT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY products_by_address (address, job_id),
  KEY products_by_task (task_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS versions (
  id BIGINT NOT NULL,
  product_id BIGINT NOT NULL,
  attempt_id BIGINT NOT NULL,
  passed SMALLINT NOT NULL,
  reason TEXT NULL,
  size BIGINT NOT NULL,
  sha256 CHAR(64) NOT NULL,
  -- path below the versions area
  file VARCHAR(300) NOT NULL,
  metadata LONGTEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY versions_by_product (product_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Versions whose public name may not show them yet.
CREATE TABLE IF NOT EXISTS publications (
  version_id BIGINT NOT NULL,
  address VARCHAR(700) NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (version_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Log lines in the order they came, several to a chunk, each line a JSON object {at, level, message}.
CREATE TABLE IF NOT EXISTS log_chunks (
  attempt_id BIGINT NOT NULL,
  number INT NOT NULL,
  at BIGINT NOT NULL,
  content MEDIUMTEXT NOT NULL,
  PRIMARY KEY (attempt_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Tasks by job, type and state: the sums of task_counts and count_deltas. Moves only append to the latter.
CREATE TABLE IF NOT EXISTS task_counts (
  job_id BIGINT NOT NULL,
  type VARCHAR(100) NOT NULL,
  state VARCHAR(12) NOT NULL,
  tasks BIGINT NOT NULL,
  PRIMARY KEY (job_id, type, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS count_deltas (
  id BIGINT NOT NULL AUTO_INCREMENT,
  job_id BIGINT NOT NULL,
  type VARCHAR(100) NOT NULL,
  state VARCHAR(12) NOT NULL,
  delta INT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Schedulers and workers, alive while last_seen_at is recent.
CREATE TABLE IF NOT EXISTS processes (
  id BIGINT NOT NULL,
  role VARCHAR(12) NOT NULL,
  host VARCHAR(255) NOT NULL,
  pid INT NOT NULL,
  version VARCHAR(32) NOT NULL,
  worker_class VARCHAR(63) NULL,
  slots INT NOT NULL,
  started_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  ended_at BIGINT NULL,
  PRIMARY KEY (id),
  KEY processes_by_last_seen (ended_at, last_seen_at),
  CHECK (role IN ('scheduler', 'worker'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS audit (
  id BIGINT NOT NULL AUTO_INCREMENT,
  at BIGINT NOT NULL,
  person VARCHAR(255) NOT NULL,
  action VARCHAR(64) NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
