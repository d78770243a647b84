// purpose: lock the queue that a job stands in, and read the job
// mode: write
// params: request
// returns: job (request, progress), now (microseconds)
// plan: unique seeks
MATCH (found:Job {requestId: $request})
WITH found.space AS space
MATCH (queue:JobQueue {space: space})
SET queue.locked = true
WITH datetime.realtime() AS clock
MATCH (job:Job {requestId: $request})
RETURN [job.request, job.progress] AS job, clock.epochSeconds * 1000000 + clock.microsecond AS now
