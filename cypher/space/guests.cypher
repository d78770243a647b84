// purpose: the other spaces whose entities are, or once were, ends of relationships of a space
// mode: read
// params: after, end
// returns: guests (list)
// plan: range seek of the unique key
MATCH (t:Term)
USING INDEX t:Term(key)
WHERE t.key > $after AND t.key < $end
RETURN collect(t.name) AS guests
