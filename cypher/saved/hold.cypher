// purpose: take the lock of all kept queries, and count those of one owner
// mode: write
// params: owner
// returns: count
// plan: unique seek of the lock, range seek of the owner's queries
MERGE (lock:Counter {id: 'saved queries'})
SET lock.last = coalesce(lock.last, 0) + 1
RETURN COUNT { MATCH (q:SavedQuery) USING INDEX q:SavedQuery(owner, name) WHERE q.owner = $owner AND q.name >= '' } AS count
