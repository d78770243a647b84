// purpose: how many live records of any space have this id, type and ends
// mode: read
// params: prefixes, id, type, s, t
// returns: records
// plan: unique seeks
UNWIND $prefixes AS prefix
MATCH (r:Relationship {key: prefix + ':' + $id})
WHERE r.deletedAt IS NULL AND r.type = $type AND r.s = $s AND r.t = $t
RETURN count(r) AS records
