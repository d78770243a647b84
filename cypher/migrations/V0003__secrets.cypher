CREATE CONSTRAINT secret_id IF NOT EXISTS FOR (s:Secret) REQUIRE s.id IS UNIQUE;
CREATE INDEX grant_holder IF NOT EXISTS FOR (g:Grant) ON (g.principal);
