// purpose: give the lock of migrations free, if it still is one's own
// mode: write
// params: holder
// returns: nothing
// plan: unique seek
MATCH (lock:MigrationLock {id: 'migrations'})
SET lock.touched = true
REMOVE lock.touched
WITH lock
WHERE lock.holder = $holder
REMOVE lock.holder, lock.until
