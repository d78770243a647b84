// purpose: the secret of one name, which whoever asks first makes
// mode: write
// params: secret, fresh, at
// returns: key
// plan: unique seek
MERGE (s:Secret {id: $secret})
ON CREATE SET s.key = $fresh, s.createdAt = $at
RETURN s.key AS key
