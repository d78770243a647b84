// purpose: lock the queue of a space and read what a claim's next step must agree with
// mode: write
// params: space, request, first, end
// returns: fence, worker, now (microseconds), job (request, progress), count (items of the pending parts from first up to end)
// plan: unique seeks
MATCH (queue:JobQueue {space: $space})
SET queue.locked = true
WITH queue, datetime.realtime() AS clock
MATCH (job:Job {requestId: $request})
RETURN queue.fence AS fence, queue.worker AS worker, clock.epochSeconds * 1000000 + clock.microsecond AS now, [job.request, job.progress] AS job,
  COLLECT {
    MATCH (part:JobPart)
    WHERE part.job = $request AND part.first >= $first AND part.first < $end AND part.payload IS NOT NULL
    RETURN sum(part.count)
  }[0] AS count
