// purpose: the job of a claim as it is, and its first part that is not done
// mode: read
// params: request, space
// returns: fence, worker, request, progress, first, count, payload (null: none)
// plan: unique seeks; range seek of the unique (job, first), in its order
MATCH (queue:JobQueue {space: $space})
MATCH (job:Job {requestId: $request})
OPTIONAL CALL (job) {
  MATCH (part:JobPart)
  WHERE part.job = $request AND part.first >= 0 AND part.payload IS NOT NULL
  RETURN part
  ORDER BY part.job, part.first LIMIT 1
}
RETURN queue.fence AS fence, queue.worker AS worker, job.request AS request, job.progress AS progress,
  part.first AS first, part.count AS count, part.payload AS payload
