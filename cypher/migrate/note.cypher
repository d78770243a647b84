// purpose: note how far a migration has come, if the lock still is one's own
// mode: write
// params: holder, version, title, checksum, statements, finished
// returns: version (no row: the lock is lost)
// plan: unique seeks
MATCH (lock:MigrationLock {id: 'migrations'})
SET lock.touched = true
REMOVE lock.touched
WITH lock, datetime.realtime() AS clock
WHERE lock.holder = $holder
MERGE (m:Migration {version: $version})
SET m.name = $title, m.checksum = $checksum, m.statements = $statements,
  m.at = CASE WHEN $finished THEN clock.epochSeconds * 1000000 + clock.microsecond END
RETURN m.version AS version
