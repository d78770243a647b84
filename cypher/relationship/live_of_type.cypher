// purpose: how many live relationships of a type a space has
// mode: read
// params: term
// returns: live (no row: the space never had any)
// plan: unique seek
MATCH (t:Term {key: $term})
RETURN t.live AS live
