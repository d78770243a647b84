// purpose: replace a pending part by its halves
// mode: write
// params: request, first, count, payload, second, second_count, second_payload
// returns: parts (count)
// plan: unique seek, creation
MATCH (part:JobPart {job: $request, first: $first})
SET part.count = $count, part.payload = $payload
CREATE (half:JobPart {job: $request, first: $second, count: $second_count, payload: $second_payload})
RETURN count(half) AS parts
