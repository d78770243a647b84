// purpose: whether a commit whose answer was lost took place
// mode: read
// params: space, last, write
// returns: written
// plan: unique seek
RETURN EXISTS { MATCH (c:Commit {space: $space, last: $last}) WHERE c.write = $write } AS written
