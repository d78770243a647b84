// purpose: return when every index is filled
// mode: read
// params: seconds
// returns: nothing
// plan: procedure call
CALL db.awaitIndexes($seconds)
