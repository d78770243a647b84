// purpose: jobs of a space by acceptance
// mode: read
// params: want (map: space, since, until, afterAt, afterTransaction), limit
// returns: request, progress (documents)
// plan: range seek of (space, acceptedAt), in its order; equal instants are sorted
MATCH (job:Job)
USING INDEX job:Job(space, acceptedAt)
WHERE job.space = $want.space AND job.acceptedAt >= $want.since AND job.acceptedAt < $want.until
  // One term, not two with OR between: those would be planned as a union of seeks, sorted.
  AND CASE WHEN job.acceptedAt = $want.afterAt THEN job.transactionId > $want.afterTransaction ELSE true END
WITH job, datetime.realtime() AS clock
WHERE job.expiresAt IS NULL OR job.expiresAt > clock.epochSeconds * 1000000 + clock.microsecond
RETURN job.request AS request, job.progress AS progress
ORDER BY job.space, job.acceptedAt, job.transactionId
LIMIT $limit
