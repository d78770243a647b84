CREATE INDEX entity_declared IF NOT EXISTS FOR (e:Entity) ON (e.key, e.frozen);
CREATE INDEX job_correlation IF NOT EXISTS FOR (j:Job) ON (j.space, j.correlationId, j.acceptedAt);
