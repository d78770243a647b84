// purpose: the job of a claim as it is, and its first parts from an item on that are not done
// mode: read
// params: request, space, start, most
// returns: fence, worker, request, progress, parts (lists: first, count, payload)
// plan: unique seeks; range seek of the unique (job, first), in its order
MATCH (queue:JobQueue {space: $space})
MATCH (job:Job {requestId: $request})
RETURN queue.fence AS fence, queue.worker AS worker, job.request AS request, job.progress AS progress,
  COLLECT {
    MATCH (part:JobPart)
    WHERE part.job = $request AND part.first >= $start AND part.payload IS NOT NULL
    RETURN [part.first, part.count, part.payload] AS row
    ORDER BY part.job, part.first LIMIT $most
  } AS parts
