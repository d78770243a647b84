// purpose: give a claim a new end, if it still is one
// mode: write
// params: space, request, worker, fence, lease
// returns: until, request, progress (no row: the claim is lost)
// plan: unique seeks
MATCH (queue:JobQueue {space: $space})
SET queue.locked = true
WITH queue, datetime.realtime() AS clock
WHERE queue.fence = $fence AND queue.worker = $worker
SET queue.until = clock.epochSeconds * 1000000 + clock.microsecond + $lease
WITH queue
MATCH (job:Job {requestId: $request})
RETURN queue.until AS until, job.request AS request, job.progress AS progress
