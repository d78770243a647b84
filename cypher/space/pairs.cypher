// purpose: the pairs of kinds that relationships have or had, in all spaces
// mode: read
// params: none
// returns: settings (JSON), pairs (list), a row for all spaces of the same settings
// plan: range seek of spaces, a range seek of terms for each
MATCH (space:Space)
USING INDEX space:Space(id)
WHERE space.id > '' AND space.deletedAt IS NULL
MATCH (t:Term)
USING INDEX t:Term(key)
WHERE t.key > space.prefix + ':pair:' AND t.key < space.prefix + ':pair;'
RETURN space.settings AS settings, collect(DISTINCT t.name) AS pairs
