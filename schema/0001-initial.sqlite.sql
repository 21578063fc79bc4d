-- Easel's tables for SQLite. The same tables stand in 0001-initial.mysql.sql.
-- Instants are milliseconds since 1970, by the database's clock. Hot tables (ready_tasks, queue_entries,
-- count_deltas, publications, wanted) hold only what is in hand; nothing here is ever scanned whole.

CREATE TABLE IF NOT EXISTS installation (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name)
) STRICT;

-- The next free ids: of jobs, one by one, and of the rows of all other tables, which processes take in blocks.
CREATE TABLE IF NOT EXISTS ids (
  name TEXT NOT NULL,
  next INTEGER NOT NULL,
  PRIMARY KEY (name)
) STRICT;

INSERT INTO ids (name, next) SELECT * FROM (SELECT 'rows' AS name, 1 AS next UNION SELECT 'jobs', 1) first WHERE NOT EXISTS (SELECT 1 FROM ids);

CREATE TABLE IF NOT EXISTS jobs (
  id INTEGER NOT NULL,
  name TEXT NULL,
  state TEXT NOT NULL,
  priority INTEGER NOT NULL DEFAULT 0,
  -- flow tasks that may still create tasks, and so products
  pending_flows INTEGER NOT NULL,
  definition TEXT NOT NULL,
  submitted_at INTEGER NOT NULL,
  ended_at INTEGER NULL,
  PRIMARY KEY (id),
  CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled'))
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, id);

-- What a subtree inherits: metadata (loop variables among them), directory, label.
CREATE TABLE IF NOT EXISTS scopes (
  id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  job_name TEXT NULL,
  working_directory TEXT NOT NULL,
  metadata TEXT NOT NULL,
  PRIMARY KEY (id)
) STRICT;

CREATE TABLE IF NOT EXISTS tasks (
  id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  parent_id INTEGER NULL,
  position INTEGER NOT NULL,
  node INTEGER NOT NULL,
  scope_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  type TEXT NOT NULL,
  worker_class TEXT NULL,
  state TEXT NOT NULL,
  "rank" INTEGER NOT NULL DEFAULT 0,
  -- things it still waits for; zero and waiting never stand together
  unmet INTEGER NOT NULL DEFAULT 0,
  -- flow tasks: children that have not ended (those not yet created count), and those that ended badly
  open_children INTEGER NOT NULL DEFAULT 0,
  bad_children INTEGER NOT NULL DEFAULT 0,
  -- flow tasks: children created so far
  created_children INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- attempts lost with their worker since the task was last tried to an end, or given another chance
  losses INTEGER NOT NULL DEFAULT 0,
  -- why it failed without an attempt, or is blocked
  cause_id INTEGER NULL,
  reason TEXT NULL,
  PRIMARY KEY (id),
  CHECK (state IN ('waiting', 'ready', 'queued', 'running', 'expanded', 'done', 'failed', 'blocked', 'cancelled', 'not_taken')),
  CHECK (kind IN ('chain', 'for_loop', 'conditional', 'do_while', 'work'))
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS tasks_by_parent ON tasks (parent_id, position);
CREATE INDEX IF NOT EXISTS tasks_by_job ON tasks (job_id);

-- What a task needs: an input (of a task, of an earlier job, of the input area) or the metadata of another task.
CREATE TABLE IF NOT EXISTS dependencies (
  consumer_id INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  address TEXT NULL,
  producer_id INTEGER NULL,
  product_id INTEGER NULL,
  version_id INTEGER NULL,
  PRIMARY KEY (consumer_id, ordinal),
  CHECK (kind IN ('input', 'glob', 'file', 'metadata', 'order'))
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS dependencies_by_producer ON dependencies (producer_id);

-- Inputs whose producer has not been created yet.
CREATE TABLE IF NOT EXISTS wanted (
  job_id INTEGER NOT NULL,
  address TEXT NOT NULL,
  consumer_id INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (job_id, address, consumer_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS wanted_by_consumer ON wanted (consumer_id);

CREATE TABLE IF NOT EXISTS ready_tasks (
  -- empty: tasks to be expanded; else the worker class that tasks are to be dispatched to
  line TEXT NOT NULL,
  job_id INTEGER NOT NULL,
  "rank" INTEGER NOT NULL,
  task_id INTEGER NOT NULL,
  PRIMARY KEY (line, job_id, "rank", task_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS attempts (
  id INTEGER NOT NULL,
  task_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  -- the task while the attempt is open: at most one open attempt per task
  open_task_id INTEGER NULL,
  worker_id INTEGER NULL,
  lease_until INTEGER NULL,
  seed INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  started_at INTEGER NULL,
  ended_at INTEGER NULL,
  exit_class TEXT NULL,
  exit_code INTEGER NULL,
  exit_signal TEXT NULL,
  error TEXT NULL,
  PRIMARY KEY (id),
  CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'lost', 'cancelled')),
  CHECK (exit_class IN ('error', 'exit', 'signal', 'oom', 'timeout', 'qc', 'lost', 'cancelled'))
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS attempts_by_task ON attempts (task_id, number);
CREATE UNIQUE INDEX IF NOT EXISTS attempts_open ON attempts (open_task_id);
CREATE INDEX IF NOT EXISTS attempts_by_lease ON attempts (lease_until);

-- What waits for a worker, whichever queue carries the hint. A row goes when its attempt is claimed.
CREATE TABLE IF NOT EXISTS queue_entries (
  worker_class TEXT NOT NULL,
  "rank" INTEGER NOT NULL,
  attempt_id INTEGER NOT NULL,
  task_id INTEGER NOT NULL,
  published_at INTEGER NOT NULL,
  PRIMARY KEY (worker_class, "rank", attempt_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS usages (
  attempt_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  wall_ms REAL NOT NULL,
  cpu_ms REAL NULL,
  peak_memory_bytes INTEGER NULL,
  PRIMARY KEY (attempt_id)
) STRICT;
CREATE INDEX IF NOT EXISTS usages_by_type ON usages (type, job_id);

CREATE TABLE IF NOT EXISTS failures (
  attempt_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  task_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (job_id, task_id, attempt_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS output_metadata (
  task_id INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  PRIMARY KEY (task_id)
) STRICT;

-- A file address that a task of a job declares; version_id is the newest version that passed quality control.
CREATE TABLE IF NOT EXISTS products (
  id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  task_id INTEGER NOT NULL,
  output TEXT NOT NULL,
  address TEXT NOT NULL,
  version_id INTEGER NULL,
  PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS products_by_address ON products (address, job_id);
CREATE INDEX IF NOT EXISTS products_by_task ON products (task_id);

CREATE TABLE IF NOT EXISTS versions (
  id INTEGER NOT NULL,
  product_id INTEGER NOT NULL,
  attempt_id INTEGER NOT NULL,
  passed INTEGER NOT NULL,
  reason TEXT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  -- path below the versions area
  file TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (id)
) STRICT;
CREATE INDEX IF NOT EXISTS versions_by_product ON versions (product_id);

-- Versions whose public name may not show them yet.
CREATE TABLE IF NOT EXISTS publications (
  version_id INTEGER NOT NULL,
  address TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (version_id)
) STRICT;

-- Log lines in the order they came, several to a chunk, each line a JSON object {at, level, message}.
CREATE TABLE IF NOT EXISTS log_chunks (
  attempt_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (attempt_id, number)
) STRICT, WITHOUT ROWID;

-- Tasks by job, type and state: the sums of task_counts and count_deltas. Moves only append to the latter.
CREATE TABLE IF NOT EXISTS task_counts (
  job_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  tasks INTEGER NOT NULL,
  PRIMARY KEY (job_id, type, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS count_deltas (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  delta INTEGER NOT NULL
) STRICT;

-- Schedulers and workers, alive while last_seen_at is recent.
CREATE TABLE IF NOT EXISTS processes (
  id INTEGER NOT NULL,
  role TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  version TEXT NOT NULL,
  worker_class TEXT NULL,
  slots INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  ended_at INTEGER NULL,
  PRIMARY KEY (id),
  CHECK (role IN ('scheduler', 'worker'))
) STRICT;
CREATE INDEX IF NOT EXISTS processes_by_last_seen ON processes (ended_at, last_seen_at);

CREATE TABLE IF NOT EXISTS audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  person TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
