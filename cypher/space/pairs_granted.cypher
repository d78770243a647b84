// purpose: the pairs of kinds that relationships have or had, in spaces where some principals hold one of some rights
// mode: read
// params: needs (map: principals, rights)
// returns: settings (JSON), pairs (list), a row for all spaces of the same settings
// plan: seeks of grants by principal, unique seeks of spaces, a range seek of terms for each
UNWIND $needs.principals AS principal
MATCH (g:Grant)
USING INDEX g:Grant(principal)
WHERE g.principal = principal AND g.right IN $needs.rights
WITH DISTINCT g.space AS id
MATCH (space:Space {id: id})
WHERE space.deletedAt IS NULL
MATCH (t:Term)
USING INDEX t:Term(key)
WHERE t.key > space.prefix + ':pair:' AND t.key < space.prefix + ':pair;'
RETURN space.settings AS settings, collect(DISTINCT t.name) AS pairs
