from __future__ import annotations

from tests.autodesk.speak import get, item, put


async def test_checklist_1_a_new_pair_without_id_is_stored_under_an_id_of_ours(service):
    space = service.space()
    answer = await put(service, space, item("a", "b"))
    assert answer.status_code == 200
    [made] = answer.json()
    assert list(made) == ["id", "createdOn", "isReadOnly", "isService", "isDeleted", "entities"]
    assert made["id"] == made["id"].lower()
    assert (made["isDeleted"], made["isReadOnly"]) == (False, False)
    assert (await get(service, space, made["id"])).json() == made
