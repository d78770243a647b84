// purpose: whether a space uses an entity type and, where few entities have it, the keys of all of them, in whatever space
// mode: read
// params: want (map: term, label), few
// returns: known, keys (more than `few`: the type is common)
// plan: one term by its unique key; a lookup of the label's nodes, cut behind `few`
OPTIONAL MATCH (t:Term {key: $want.term})
WITH t IS NOT NULL AS known
CALL (known) {
  WITH known WHERE known
  MATCH (e:$($want.label))
  WITH e LIMIT $few + 1
  RETURN collect(e.key) AS keys
}
RETURN known, keys
