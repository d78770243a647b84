CREATE INDEX entity_deleted IF NOT EXISTS FOR (e:Entity) ON (e.key, e.deletedAt);
