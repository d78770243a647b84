// purpose: keep one step of a job under the lock of its queue: queue, job, tally, finished part, refused items, dropped parts
// mode: write
// params: space, request, principal, queue, job, closed, step (map: done, refused), dropped_from
// returns: done, refused (counts)
// plan: unique seeks, creations
MATCH (queue:JobQueue {space: $space})
MATCH (job:Job {requestId: $request})
SET queue += $queue, job += $job
WITH job
CALL () {
  MATCH (tally:JobTally {principal: $principal})
  WHERE $closed > 0
  SET tally.locked = true
  SET tally.open = tally.open - $closed
}
CALL (job) {
  UNWIND $step.done AS row
  MATCH (part:JobPart {job: job.requestId, first: row[0]})
  SET part.payload = null, part.at = row[1], part.results = row[2], part.count = row[3]
  RETURN count(part) AS done
}
CALL (job) {
  UNWIND $step.done AS row
  MATCH (part:JobPart)
  WHERE part.job = job.requestId AND part.first > row[0] AND part.first < row[0] + row[3]
  DELETE part
}
CALL (job) {
  UNWIND $step.refused AS row
  CREATE (item:JobOutcome {job: job.requestId, space: $space, index: row[0], named: row[1], document: row[2]})
  RETURN count(item) AS refused
}
CALL (job) {
  MATCH (part:JobPart)
  WHERE part.job = job.requestId AND part.first >= $dropped_from
  DELETE part
}
RETURN done, refused
