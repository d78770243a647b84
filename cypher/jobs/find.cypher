// purpose: a job by its request
// mode: read
// params: request
// returns: request, progress (documents), now (microseconds)
// plan: unique seek
MATCH (job:Job {requestId: $request})
WITH job, datetime.realtime() AS clock
RETURN job.request AS request, job.progress AS progress, clock.epochSeconds * 1000000 + clock.microsecond AS now
