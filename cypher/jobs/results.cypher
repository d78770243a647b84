// purpose: the results of a job's finished parts that end after one item
// mode: read
// params: request, start, limit
// returns: first, count, at, results
// plan: seek of the unique (job, first), in its order
MATCH (part:JobPart)
WHERE part.job = $request AND part.first >= 0 AND part.first + part.count > $start AND part.results IS NOT NULL
RETURN part.first AS first, part.count AS count, part.at AS at, part.results AS results
ORDER BY part.job, part.first
LIMIT $limit
