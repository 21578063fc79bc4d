-- Retries, time limits, cancelling and pausing. The same stands in 0002-recovery.sqlite.sql.

ALTER TABLE jobs ADD COLUMN root_id BIGINT NULL;
UPDATE jobs JOIN tasks ON tasks.job_id = jobs.id AND tasks.parent_id IS NULL SET jobs.root_id = tasks.id;

-- attempts made before the task was last given another chance: its retries are counted from there
ALTER TABLE tasks ADD COLUMN tried_from INT NOT NULL DEFAULT 0;
UPDATE tasks SET tried_from = attempts WHERE state IN ('failed', 'blocked', 'cancelled');

-- loops that were stopped while they created their iterations: how many are missing
ALTER TABLE tasks ADD COLUMN uncreated_children INT NOT NULL DEFAULT 0;

-- when its task was about to start; only written where the task was lost before, to tell who brings workers down
ALTER TABLE attempts ADD COLUMN begun_at BIGINT NULL;

-- Tasks that wait until their next try is due: such a task is `waiting`, and its timer is one of the things it waits for.
CREATE TABLE IF NOT EXISTS timers (
  task_id BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  PRIMARY KEY (task_id),
  KEY timers_by_due (due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Tasks that somebody wants cancelled, until they have ended: the one that was named, and those of its subtree that run.
CREATE TABLE IF NOT EXISTS cancellations (
  task_id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  -- of a task that runs: the worker that is to end it
  worker_id BIGINT NULL,
  attempt_id BIGINT NULL,
  reason TEXT NOT NULL,
  requested_at BIGINT NOT NULL,
  PRIMARY KEY (task_id),
  KEY cancellations_by_worker (worker_id),
  KEY cancellations_by_job (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What is to start nothing new for now: everything (name ''), a job (its id) or a task type.
CREATE TABLE IF NOT EXISTS pauses (
  scope VARCHAR(8) NOT NULL,
  name VARCHAR(100) NOT NULL,
  since BIGINT NOT NULL,
  person VARCHAR(255) NOT NULL,
  PRIMARY KEY (scope, name),
  CHECK (scope IN ('all', 'job', 'type'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Ready tasks of a paused type, out of their line until it is resumed.
CREATE TABLE IF NOT EXISTS paused_tasks (
  type VARCHAR(100) NOT NULL,
  line VARCHAR(63) NOT NULL,
  job_id BIGINT NOT NULL,
  `rank` INT NOT NULL,
  task_id BIGINT NOT NULL,
  PRIMARY KEY (type, line, job_id, `rank`, task_id),
  KEY paused_tasks_by_job (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
