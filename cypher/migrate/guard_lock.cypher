// purpose: let there be one lock of migrations; needed before the first migration
// mode: write
// params: none
// returns: nothing
// plan: schema command
CREATE CONSTRAINT migration_lock IF NOT EXISTS FOR (l:MigrationLock) REQUIRE l.id IS UNIQUE
