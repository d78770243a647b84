// purpose: how many live relationships a space has of each type, as its writer counted
// mode: read
// params: want (map: prefix)
// returns: types (list of type, count)
// plan: range seek of terms
MATCH (t:Term)
USING INDEX t:Term(key)
WHERE t.key > $want.prefix + 'relationship:' AND t.key < $want.prefix + 'relationship;' AND t.live > 0
RETURN collect([t.name, t.live]) AS types
