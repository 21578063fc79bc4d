-- Retries, time limits, cancelling and pausing. The same stands in 0002-recovery.mysql.sql.

ALTER TABLE jobs ADD COLUMN root_id INTEGER NULL;
UPDATE jobs SET root_id = (SELECT id FROM tasks WHERE tasks.job_id = jobs.id AND tasks.parent_id IS NULL);

-- attempts made before the task was last given another chance: its retries are counted from there
ALTER TABLE tasks ADD COLUMN tried_from INTEGER NOT NULL DEFAULT 0;
UPDATE tasks SET tried_from = attempts WHERE state IN ('failed', 'blocked', 'cancelled');

-- loops that were stopped while they created their iterations: how many are missing
ALTER TABLE tasks ADD COLUMN uncreated_children INTEGER NOT NULL DEFAULT 0;

-- when its task was about to start; only written where the task was lost before, to tell who brings workers down
ALTER TABLE attempts ADD COLUMN begun_at INTEGER NULL;

-- Tasks that wait until their next try is due: such a task is `waiting`, and its timer is one of the things it waits for.
CREATE TABLE IF NOT EXISTS timers (
  task_id INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (task_id)
) STRICT;
CREATE INDEX IF NOT EXISTS timers_by_due ON timers (due_at);

-- Tasks that somebody wants cancelled, until they have ended: the one that was named, and those of its subtree that run.
CREATE TABLE IF NOT EXISTS cancellations (
  task_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  -- of a task that runs: the worker that is to end it
  worker_id INTEGER NULL,
  attempt_id INTEGER NULL,
  reason TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  PRIMARY KEY (task_id)
) STRICT;
CREATE INDEX IF NOT EXISTS cancellations_by_worker ON cancellations (worker_id);
CREATE INDEX IF NOT EXISTS cancellations_by_job ON cancellations (job_id);

-- What is to start nothing new for now: everything (name ''), a job (its id) or a task type.
CREATE TABLE IF NOT EXISTS pauses (
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  since INTEGER NOT NULL,
  person TEXT NOT NULL,
  PRIMARY KEY (scope, name),
  CHECK (scope IN ('all', 'job', 'type'))
) STRICT;

-- Ready tasks of a paused type, out of their line until it is resumed.
CREATE TABLE IF NOT EXISTS paused_tasks (
  type TEXT NOT NULL,
  line TEXT NOT NULL,
  job_id INTEGER NOT NULL,
  "rank" INTEGER NOT NULL,
  task_id INTEGER NOT NULL,
  PRIMARY KEY (type, line, job_id, "rank", task_id)
) STRICT;
CREATE INDEX IF NOT EXISTS paused_tasks_by_job ON paused_tasks (job_id);
