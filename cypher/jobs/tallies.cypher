// purpose: the unfinished items of one caller and of all
// mode: read
// params: principal
// returns: mine, all
// plan: unique seek; the tallies with open items by their index
RETURN coalesce(COLLECT { MATCH (tally:JobTally {principal: $principal}) RETURN tally.open }[0], 0) AS mine,
  COLLECT { MATCH (tally:JobTally) WHERE tally.open > 0 RETURN sum(tally.open) }[0] AS all
