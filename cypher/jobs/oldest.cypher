// purpose: lock the queue of a space and read its oldest unfinished job
// mode: write
// params: space
// returns: fence, until (of the last claim), now (microseconds), job (request, progress; null: none)
// plan: unique seek; first entry of a range seek of (space, openNumber)
MATCH (queue:JobQueue {space: $space})
SET queue.locked = true
WITH queue, datetime.realtime() AS clock
RETURN coalesce(queue.fence, 0) AS fence, queue.until AS until, clock.epochSeconds * 1000000 + clock.microsecond AS now,
  COLLECT {
    MATCH (job:Job)
    WHERE job.space = $space AND job.openNumber > 0
    RETURN [job.request, job.progress]
    ORDER BY job.space, job.openNumber LIMIT 1
  }[0] AS job
