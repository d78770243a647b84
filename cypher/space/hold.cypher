// purpose: lock a space and then its queue, so that what is kept about it may be changed; count its unfinished jobs
// mode: write
// params: space
// returns: unfinished; no row where there is no such space
// plan: unique seeks, range seek of (space, openNumber)
MATCH (space:Space {id: $space})
SET space.locked = true
MERGE (queue:JobQueue {space: $space})
SET queue.locked = true
WITH queue
RETURN COUNT { MATCH (job:Job) WHERE job.space = $space AND job.openNumber > 0 } AS unfinished
