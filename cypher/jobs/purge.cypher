// purpose: remove expired jobs with everything they kept
// mode: write
// params: limit
// returns: jobs (count)
// plan: range seek of expiresAt; range seeks of (job, first) and (job, index)
WITH datetime.realtime() AS clock
WITH clock.epochSeconds * 1000000 + clock.microsecond AS now
MATCH (job:Job)
WHERE job.expiresAt <= now
WITH job LIMIT $limit
CALL (job) {
  MATCH (part:JobPart)
  WHERE part.job = job.requestId AND part.first >= 0
  DELETE part
}
CALL (job) {
  MATCH (item:JobOutcome)
  WHERE item.job = job.requestId AND item.index >= 0
  DELETE item
}
DELETE job
RETURN count(*) AS jobs
