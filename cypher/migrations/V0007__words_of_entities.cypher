// Words follow the writes: an index that took part in them would make every new end dearer.
CREATE FULLTEXT INDEX entity_words IF NOT EXISTS FOR (e:Entity) ON EACH [e.id, e.name]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-no-stop-words', `fulltext.eventually_consistent`: true}};
CREATE INDEX term_named IF NOT EXISTS FOR (t:Term) ON (t.kind, t.name);
