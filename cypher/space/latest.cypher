// purpose: touch the database, for the bookmark of its present state
// mode: read
// params: none
// returns: one row
// plan: no access
RETURN 1 AS present
