// purpose: whether the transaction of an ad-hoc query is still there
// mode: read
// params: mark
// returns: running
// plan: list of transactions
SHOW TRANSACTIONS YIELD metaData
WHERE metaData.tercet = $mark
RETURN count(*) > 0 AS running
