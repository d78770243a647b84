// purpose: whether some principals hold a right on every space, deleted ones too
// mode: read
// params: needs (map: principals)
// returns: covered
// plan: count of spaces from the store, seeks of grants by principal
CALL () { MATCH (space:Space) RETURN count(space) AS spaces }
CALL () {
  UNWIND $needs.principals AS principal
  MATCH (g:Grant)
  USING INDEX g:Grant(principal)
  WHERE g.principal = principal
  RETURN count(DISTINCT g.space) AS granted
}
RETURN granted >= spaces AS covered
