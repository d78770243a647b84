// purpose: take the lock of migrations if it is free, expired or one's own, for some microseconds on the database's clock
// mode: write
// params: holder, lease
// returns: holder, taken
// plan: unique seek
MERGE (lock:MigrationLock {id: 'migrations'})
SET lock.touched = true
REMOVE lock.touched
WITH lock, datetime.realtime() AS clock
WITH lock, clock.epochSeconds * 1000000 + clock.microsecond AS now
WITH lock, now, lock.holder IS NULL OR lock.holder = $holder OR lock.until <= now AS taken
SET lock.holder = CASE WHEN taken THEN $holder ELSE lock.holder END,
  lock.until = CASE WHEN taken THEN now + $lease ELSE lock.until END
RETURN lock.holder AS holder, taken
