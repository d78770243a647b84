// purpose: store an accepted job with its parts, last in the queue that the transaction has locked
// mode: write
// params: space, principal, number, total, job, body (map: parts)
// returns: parts (count)
// plan: unique seeks, creations
MATCH (queue:JobQueue {space: $space})
MATCH (tally:JobTally {principal: $principal})
SET queue.last = $number, queue.waiting = true, tally.open = coalesce(tally.open, 0) + $total
CREATE (job:Job)
SET job = $job
WITH job
UNWIND $body.parts AS row
CREATE (part:JobPart {job: job.requestId, first: row[0], count: row[1], payload: row[2]})
RETURN count(part) AS parts
