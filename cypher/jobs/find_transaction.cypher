// purpose: a job by its transaction
// mode: read
// params: transaction
// returns: request, progress (documents), now (microseconds)
// plan: unique seek
MATCH (job:Job {transactionId: $transaction})
WITH job, datetime.realtime() AS clock
RETURN job.request AS request, job.progress AS progress, clock.epochSeconds * 1000000 + clock.microsecond AS now
