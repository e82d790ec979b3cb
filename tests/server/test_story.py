"""The first story over HTTP, with the software phone."""

from tests.living import LivingServer


def test_a_user_is_deleted_only_once_the_phone_has_approved(server: LivingServer) -> None:
    console, phone = server.protected()
    mia = console.user()
    request = console.delete(mia)
    assert console.raw("GET", f"/users/{mia}").status_code == 200
    [shown] = phone.pending()
    assert shown.details["target"] == [{"type": "user", "id": mia, "name": "mia.brandt@contoso.example"}]
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert console.request(request["id"])["status"] == "executed"
    assert console.raw("GET", f"/users/{mia}").status_code == 404
    assert console.events_of(request["id"]) == ["request:created", "request:approved", "request:executed"]
