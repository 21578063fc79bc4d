-- Containers. The same stands in 0005-containers.sqlite.sql.

-- what a process ran in, as the orchestrator said: name@sha256:...; null outside of containers
ALTER TABLE processes ADD COLUMN image TEXT NULL;
