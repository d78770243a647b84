CREATE CONSTRAINT saved_query_name IF NOT EXISTS FOR (q:SavedQuery) REQUIRE (q.owner, q.name) IS UNIQUE;
