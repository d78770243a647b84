// purpose: the write that made the change of one number
// mode: read
// params: space, seq
// returns: write (empty: none)
// plan: first entry of a range seek of the unique (space, last)
RETURN coalesce(COLLECT {
    MATCH (c:Commit)
    USING INDEX c:Commit(space, last)
    WHERE c.space = $space AND c.last >= $seq
    RETURN c.write
    ORDER BY c.space, c.last LIMIT 1
  }[0], '') AS write
