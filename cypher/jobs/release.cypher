// purpose: end a claim, if it still is one
// mode: write
// params: space, worker, fence
// returns: nothing
// plan: unique seek
MATCH (queue:JobQueue {space: $space})
SET queue.locked = true
WITH queue
WHERE queue.fence = $fence AND queue.worker = $worker
SET queue.worker = null, queue.until = null
