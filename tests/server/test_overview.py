"""The overview, and the list of requests with its filters."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from desktop.demo.phone import SoftwarePhone
from server.config import load
from server.store.database import url
from tests.living import USERNAME, LivingServer, TestConsole
from tests.proving import refused
from tests.server.test_decisions import colleague_of

DAY = 86_400_000_000


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


def test_it_counts_what_needs_attention(console: TestConsole, phone: SoftwarePhone) -> None:
    console.call("POST", "/companies", {"name": "Contoso"})
    console.user()
    request = console.ask("administrator.create", username="eve", email="eve@n.example", role="provider")
    phone.approve(request["id"], request["code"])
    told = console.call("GET", "/overview")
    assert {name: told[name] for name in told if name != "days"} == {
        "users": 1,
        "companies": 1,
        "administrators": 2,
        "without_two_factor": 1,
        "phones_away": 0,
        "invited": 1,
    }
    disabled = console.ask("administrator.disable", administrator=request_result(console, request))
    phone.approve(disabled["id"], disabled["code"])
    told = console.call("GET", "/overview")
    assert (told["administrators"], told["without_two_factor"], told["invited"]) == (2, 0, 0)


def request_result(console: TestConsole, request: Any) -> str:
    return str(console.request(request["id"])["result"]["administrator"])


def test_who_may_not_edit_administrators_is_told_nothing_of_them(console: TestConsole, phone: SoftwarePhone) -> None:
    _, sub = colleague_of(console, phone, "sub_administrator", companies=None, permissions=["users.edit"])
    told = sub.call("GET", "/overview")
    assert [told[name] for name in ("administrators", "without_two_factor", "phones_away", "invited")] == [None] * 4
    assert told["users"] == 0


def test_the_last_fourteen_days_are_counted_by_how_requests_ended(start_server: Callable[..., LivingServer]) -> None:
    server = start_server()
    console, phone = server.protected()
    mia = console.user()
    ids = [console.delete(mia)["id"] for _ in range(4)]
    phone.reject(ids[0])
    console.call("POST", f"/requests/{ids[1]}/cancel")
    server.stop()
    engine = create_engine(url(load(environment=server.settings, data=server.data)))
    ago = {ids[0]: 3, ids[1]: 13, ids[2]: 14, ids[3]: 1}
    with engine.begin() as connection:
        for request, days in ago.items():
            moved = "UPDATE requests SET created_at = created_at - :by WHERE id = :id"
            connection.execute(text(moved), {"by": days * DAY, "id": request})
        late = "UPDATE requests SET expires_at = created_at WHERE id = :id"
        connection.execute(text(late), {"id": ids[3]})
        moment = (datetime.now(UTC) - timedelta(days=8)).timestamp() * 1_000_000
        connection.execute(text("UPDATE devices SET last_seen_at = :at"), {"at": int(moment)})
    engine.dispose()
    server.start()
    told = console.call("GET", "/overview")
    assert told["phones_away"] == 1
    assert [each["phone_away"] for each in console.call("GET", "/administrators")["items"]] == [True]
    days = told["days"]
    today = datetime.now(UTC).date()
    assert [each["day"] for each in days] == [str(today - timedelta(days=13 - each)) for each in range(14)]
    ended = {each["day"]: (each["approved"], each["rejected"], each["expired"]) for each in days}
    assert ended[str(today - timedelta(days=3))] == (0, 1, 0)
    assert ended[str(today - timedelta(days=13))] == (0, 0, 1)
    assert ended[str(today - timedelta(days=1))] == (0, 0, 1)
    assert ended[str(today)] == (1, 0, 0)  # two-factor authentication was turned on
    assert sum(map(sum, ended.values())) == 4


@pytest.fixture
def asked(console: TestConsole, phone: SoftwarePhone) -> dict[str, str]:
    """Four requests of two people, by what they are about."""
    other, colleague = colleague_of(console, phone)
    mia = console.user(name="Mia Brandt")
    first, second = console.delete(mia), console.ask("two_factor.disable")
    third = colleague.delete(colleague.user("zoë_100%@litware.example"))
    phone.reject(first["id"])
    assert other.pending()
    return {"mia": first["id"], "off": second["id"], "zoë": third["id"]}


def found(console: TestConsole, **filters: Any) -> list[str]:
    """Return the ids that match, over pages of one."""
    ids, cursor = [], None
    while True:
        page = console.call("GET", "/requests", params={**filters, "limit": 1, "cursor": cursor})
        ids += [each["id"] for each in page["items"]]
        if (cursor := page["next"]) is None:
            return ids


def test_requests_are_filtered_on_the_server(console: TestConsole, asked: dict[str, str]) -> None:
    mia, off, zoe = asked["mia"], asked["off"], asked["zoë"]
    assert found(console, action="user.delete") == [zoe, mia]
    assert found(console, action="user.delete", status="pending") == [zoe]
    assert found(console, kind="authentication", requested_by=USERNAME)[0] == off
    assert found(console, kind="management", mine=True, action="user.delete") == [mia]
    assert found(console, requested_by="JONAS", action="user.delete") == [zoe]
    assert found(console, requested_by="jon") == found(console, requested_by="jonas%") == []
    assert found(console, q="mia.BRANDT@contoso") == [mia]
    assert found(console, q="ZOË_100%") == [zoe]
    assert found(console, q="zo%litware") == []
    assert set(found(console, q="jonas", action="user.delete")) == {zoe}
    now = datetime.now(UTC)
    past, future = (now - timedelta(days=1)).isoformat(), (now + timedelta(days=1)).isoformat()
    assert found(console, action="user.delete", **{"from": past, "to": future}) == [zoe, mia]
    assert found(console, **{"from": future}) == found(console, to=past) == []
    created = console.request(zoe)["created_at"]
    assert zoe in found(console, **{"from": created})
    for wrong in ({"kind": "other"}, {"from": "yesterday"}, {"from": "2026-01-01T00:00:00"}, {"status": "lost"}):
        refused(422, partial(console.call, "GET", "/requests", params=wrong))


def test_filters_show_nobody_more_than_he_may_see(
    console: TestConsole, phone: SoftwarePhone, asked: dict[str, str]
) -> None:
    request = console.ask("administrator.create", username="eve", email="e@n.example", role="sub_administrator")
    phone.approve(request["id"], request["code"])
    invitation = console.request(request["id"])["result"]["invitation"]
    desk, word = TestConsole(console.url), "quiet-Harbour-19-marble-otter"
    grant = desk.call("POST", "/invitations", {"invitation": invitation, "password": word})["grant"]
    desk.sign_in("eve", word)
    desk.protect("eve", word, grant)
    assert asked
    for filters in ({"requested_by": USERNAME}, {"q": "mia"}, {"action": "user.delete"}, {"status": "rejected"}):
        assert found(desk, **filters) == []
    assert [desk.request(each)["requested_by"] for each in found(desk)] == ["eve"]
