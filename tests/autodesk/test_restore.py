"""Checklist 58: mirrors of a space that was rebuilt, or restored to an older state, and the keys of their tokens."""

from __future__ import annotations

import pytest

from app.core.access import Right
from tests.autodesk import backups
from tests.autodesk.arrange import fill
from tests.autodesk.conftest import OWNER
from tests.autodesk.mirror import Mirror, foresee, list_live, sync, told
from tests.autodesk.speak import check_error, list_faults, post, search

OLD, NEW = "an old key of the operator's, long enough", "a new key of the operator's, long enough"


async def test_checklist_58_a_space_that_was_made_anew_is_copied_anew(service, graph):
    space = await service.found()
    await fill(service, space, 3)
    mirror = Mirror(service, space)
    await mirror.catch_up()
    await backups.remove(graph, space)
    await service.store.found(space, {OWNER: Right.OWNER})
    anew = await fill(service, space, 5, hub="again")
    assert await foresee(service, space, mirror.token) == (True, True)
    await mirror.catch_up()
    assert mirror.overwritten == 2
    assert sorted(mirror.rows) == sorted(anew) == await list_live(service, space)


async def test_checklist_58_a_token_beyond_a_restored_state_begins_a_full_copy(service, graph):
    space = await service.found()
    kept = await fill(service, space, 3)
    backup = await backups.keep(graph, space)
    mirror = Mirror(service, space)
    await fill(service, space, 2, hub="lost")
    await mirror.catch_up()
    await backups.restore(graph, backup)
    assert await foresee(service, space, mirror.token) == (True, True)
    await mirror.catch_up()
    assert mirror.overwritten == 2
    assert sorted(mirror.rows) == sorted(kept) == await list_live(service, space)


@pytest.mark.parametrize("further", [2, 3, 9], ids=["as far", "further", "far beyond"])
async def test_checklist_58_a_space_that_went_on_from_a_restored_state_is_not_taken_for_what_it_was(
    service, graph, further
):
    space = await service.found()
    kept = await fill(service, space, 3)
    backup = await backups.keep(graph, space)
    mirror = Mirror(service, space)
    await fill(service, space, 2, hub="lost")
    await mirror.catch_up()
    await backups.restore(graph, backup)
    other = await fill(service, space, further, hub="other")
    assert await foresee(service, space, mirror.token) == (True, True)
    await mirror.catch_up()
    assert mirror.overwritten == 2
    assert sorted(mirror.rows) == sorted(kept + other) == await list_live(service, space)


async def test_a_token_from_before_the_kept_state_goes_on_after_a_restore(service, graph):
    space = await service.found()
    await fill(service, space, 3)
    mirror = Mirror(service, space)
    await mirror.catch_up()
    [kept] = await fill(service, space, 1, hub="kept")
    backup = await backups.keep(graph, space)
    await fill(service, space, 2, hub="lost")
    await backups.restore(graph, backup)
    [later] = await fill(service, space, 1, hub="later")
    assert await foresee(service, space, mirror.token) == (True, False)
    mirror.told.clear()
    await mirror.catch_up()
    assert mirror.told == [kept, later]
    assert mirror.overwritten == 1
    assert sorted(mirror.rows) == await list_live(service, space)


async def test_a_token_from_the_middle_of_a_write_goes_on_and_knows_a_restore(make_service, graph):
    service = await make_service(autodesk_sync_page_size=2)
    space = await service.found()
    backup = await backups.keep(graph, space)
    mirror = Mirror(service, space)
    await mirror.catch_up()
    ids = await fill(service, space, 5)
    first = await sync(service, space, mirror.token)
    assert (told(first)[0], first["moreData"]) == (ids[:2], True)
    assert told(await sync(service, space, first["nextSyncToken"]))[0] == ids[2:4]
    await backups.restore(graph, backup)
    other = await fill(service, space, 5, hub="other")
    begun = await sync(service, space, first["nextSyncToken"])
    assert (told(begun)[0], begun["overwrite"]) == (sorted(other)[:2], True)


async def test_a_copy_that_a_restore_cut_off_begins_anew(make_service, graph):
    service = await make_service(autodesk_sync_page_size=2)
    space = await service.found()
    kept = await fill(service, space, 3)
    backup = await backups.keep(graph, space)
    await fill(service, space, 2, hub="lost")
    half = await sync(service, space)
    assert half["moreData"] is True
    await backups.restore(graph, backup)
    mirror = Mirror(service, space, half["nextSyncToken"])
    await mirror.catch_up()
    assert mirror.overwritten == 1
    assert sorted(mirror.rows) == sorted(kept)


async def test_checklist_58_a_key_of_the_operator_outlives_the_database(make_memory):
    """Two stores that have nothing in common, as after the loss of a database without a backup."""
    before, after = make_memory(token_keys=(NEW,)), make_memory(token_keys=(NEW,))
    space = await before.found()
    await fill(before, space, 3)
    mirror = Mirror(before, space)
    await mirror.catch_up()
    after.store.found(space, before.store.spaces[space].grants)
    anew = await fill(after, space, 1, hub="anew")
    mirror.service = after
    await mirror.catch_up()
    assert (mirror.overwritten, list(mirror.rows)) == (2, anew)


async def test_keys_are_changed_without_harm_to_clients_and_a_withdrawn_one_is_refused(make_service):
    first, both, last = [await make_service(token_keys=keys) for keys in ((OLD, "graph"), (NEW, OLD), (NEW,))]
    space = await first.found()
    await fill(first, space, 3)
    old = (await sync(first, space))["nextSyncToken"]
    page = (await search(first, space, "pageLimit=2")).json()["page"]["continuationToken"]
    assert (await sync(both, space, old))["overwrite"] is False
    assert (await search(both, space, f"continuationToken={page}")).status_code == 200
    new = (await sync(both, space))["nextSyncToken"]
    assert (await sync(last, space, new))["overwrite"] is False
    refused = check_error(await post(last, space, "sync", {"syncToken": old}), 400, "BadInput")
    assert list_faults(refused) == [("syncToken", "Invalid token")]
    refused = check_error(await search(last, space, f"continuationToken={page}"), 400, "BadInput")
    assert list_faults(refused) == [("continuationToken", "Invalid token")]


async def test_the_key_kept_in_the_graph_is_the_default_of_replicas_and_may_stand_among_others(make_service):
    plain, mixed = await make_service(), await make_service(token_keys=(NEW, "graph"))
    space = await plain.found()
    token = (await sync(plain, space))["nextSyncToken"]
    assert (await sync(mixed, space, token))["overwrite"] is False
