// purpose: the results of the first part of some jobs, as far as they are there
// mode: read
// params: want (map: requests)
// returns: request, first, count, at, results
// plan: unique seeks
UNWIND $want.requests AS request
MATCH (part:JobPart {job: request, first: 0})
WHERE part.results IS NOT NULL
RETURN request, part.first AS first, part.count AS count, part.at AS at, part.results AS results
