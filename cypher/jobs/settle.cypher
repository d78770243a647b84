// purpose: store a job that its own transaction has finished, with its results and refused items
// mode: write
// params: job, first, count, at, items (map: results, refused)
// returns: refused (count)
// plan: creations
CREATE (job:Job)
SET job = $job
CREATE (:JobPart {job: job.requestId, first: $first, count: $count, at: $at, results: $items.results})
WITH job
CALL (job) {
  UNWIND $items.refused AS row
  CREATE (item:JobOutcome {job: job.requestId, space: job.space, index: row[0], named: row[1], document: row[2]})
  RETURN count(item) AS refused
}
RETURN refused
