// purpose: replaces the password that every new database folder starts with
// mode: write
// params: old, new
// returns: nothing
// plan: administration command, no plan
ALTER CURRENT USER SET PASSWORD FROM $old TO $new
