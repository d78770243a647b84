// purpose: the pairs of kinds that relationships of a space have or once had
// mode: read
// params: want (map: prefix)
// returns: pairs (names of terms)
// plan: range seek of terms
MATCH (t:Term)
USING INDEX t:Term(key)
WHERE t.key > $want.prefix + 'pair:' AND t.key < $want.prefix + 'pair;'
RETURN collect(t.name) AS pairs
