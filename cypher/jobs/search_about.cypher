// purpose: jobs of a space that changed one thing or refused an item of its name, by acceptance
// mode: read
// params: want (map: space, record, entity, versions, named, transaction or null, correlation or null, since, until, afterAt, afterTransaction), limit
// returns: request, progress (documents)
// plan: unique seeks of the thing and of refused items, a seek of its versions, of a commit and a job for each; top of those
WITH datetime.realtime() AS clock
WITH clock.epochSeconds * 1000000 + clock.microsecond AS now
CALL () {
  MATCH (item:JobOutcome {space: $want.space, named: $want.named})
  RETURN item.job AS request, null AS transaction
  UNION
  CALL () {
    MATCH (r:Relationship {key: $want.record})
    RETURN r.seq AS seq
    UNION ALL
    MATCH (e:Entity {key: $want.entity})
    WHERE e.seq IS NOT NULL
    RETURN e.seq AS seq
    UNION ALL
    MATCH (v:Version)
    USING INDEX v:Version(recordKey, version)
    WHERE v.recordKey = $want.versions AND v.version > 0
    RETURN v.seq AS seq
  }
  CALL (seq) {
    MATCH (c:Commit)
    USING INDEX c:Commit(space, last)
    WHERE c.space = $want.space AND c.last >= seq
    WITH c ORDER BY c.space, c.last LIMIT 1
    RETURN c.transactionId AS transaction
  }
  RETURN null AS request, transaction
}
CALL (request, transaction) {
  MATCH (job:Job {requestId: request})
  RETURN job
  UNION ALL
  MATCH (job:Job {transactionId: transaction})
  RETURN job
}
WITH DISTINCT now, job
WHERE job.space = $want.space AND job.acceptedAt >= $want.since AND job.acceptedAt < $want.until
  AND (job.acceptedAt > $want.afterAt OR job.acceptedAt = $want.afterAt AND job.transactionId > $want.afterTransaction)
  AND ($want.transaction IS NULL OR job.transactionId = $want.transaction)
  AND ($want.correlation IS NULL OR job.correlationId = $want.correlation)
  AND (job.expiresAt IS NULL OR job.expiresAt > now)
RETURN job.request AS request, job.progress AS progress
ORDER BY job.acceptedAt, job.transactionId
LIMIT $limit
