// purpose: the number of unfinished jobs of a space
// mode: read
// params: space
// returns: jobs
// plan: range seek of (space, openNumber)
MATCH (job:Job)
WHERE job.space = $space AND job.openNumber > 0
RETURN count(job) AS jobs
