// purpose: jobs of a space by acceptance, narrowed by what the caller knows
// mode: read
// params: space, transaction, correlation, named, since, until, after_at, after_transaction, limit
// returns: request, progress (documents)
// plan: range seek of (space, acceptedAt), in its order
WITH datetime.realtime() AS clock
WITH clock.epochSeconds * 1000000 + clock.microsecond AS now
MATCH (job:Job)
WHERE job.space = $space AND job.acceptedAt >= $since AND job.acceptedAt < $until
  AND (job.acceptedAt > $after_at OR job.acceptedAt = $after_at AND job.transactionId > $after_transaction)
  AND ($transaction IS NULL OR job.transactionId = $transaction)
  AND ($correlation IS NULL OR job.correlationId = $correlation)
  AND ($named IS NULL
    OR EXISTS { MATCH (item:JobOutcome {space: $space, named: $named}) WHERE item.job = job.requestId })
  AND (job.expiresAt IS NULL OR job.expiresAt > now)
RETURN job.request AS request, job.progress AS progress
ORDER BY job.space, job.acceptedAt, job.transactionId
LIMIT $limit
