// purpose: let no version of the graph be noted twice; needed before the first migration
// mode: write
// params: none
// returns: nothing
// plan: schema command
CREATE CONSTRAINT migration_version IF NOT EXISTS FOR (m:Migration) REQUIRE m.version IS UNIQUE
