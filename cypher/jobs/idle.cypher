// purpose: note, under the lock of a queue, that nothing waits in it
// mode: write
// params: space
// returns: nothing
// plan: unique seek
MATCH (queue:JobQueue {space: $space})
SET queue.waiting = null, queue.worker = null, queue.until = null
