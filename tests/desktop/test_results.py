"""Secrets of results as the console is told them: sealed for itself alone, whoever has copied its session's token."""

from collections.abc import Iterator
from typing import Any

import pytest

from desktop.core.client import Client
from desktop.core.results import Attempt
from desktop.core.session import Session
from desktop.core.transport import Offline
from desktop.demo.phone import SoftwarePhone
from server.contract.enrolment import StartEnrolment
from server.contract.request import Request
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused

INVITED = {"username": "jonas", "email": "jonas@northwind.example", "role": "provider"}
KEY = {"name": "nightly", "permissions": list[str]()}


@pytest.fixture
def both(server: LivingServer) -> tuple[TestConsole, SoftwarePhone]:
    return server.protected()


@pytest.fixture
def client(both: tuple[TestConsole, SoftwarePhone]) -> Iterator[Client]:
    """The console's client in a session that a thief has copied."""
    client = Client(both[0].url)
    client.token = both[0].token
    yield client
    client.close()


def asked(client: Client, phone: SoftwarePhone, action: str, parameters: dict[str, Any]) -> str:
    """Ask, and approve; the id of the request."""
    request = client.ask(action, parameters)
    assert isinstance(request, Request)
    assert phone.approve(request.id, request.code or "") == "executed"
    return request.id


def told(client: Client, request: str) -> set[str]:
    """Return what the result of a request consists of."""
    return set(client.request(request).result or {})


def test_each_secret_opens_for_its_own_request_and_once(
    both: tuple[TestConsole, SoftwarePhone], client: Client
) -> None:
    thief, phone = both
    invited = asked(client, phone, "administrator.create", INVITED)
    made = asked(client, phone, "api_key.create", KEY)
    assert set(thief.request(invited)["result"]) == {"administrator", "sealed"}
    assert set(thief.request(made)["result"]) == {"api_key", "sealed"}
    assert told(client.in_background(), made) == {"api_key", "token"}
    assert told(client, invited) == {"administrator", "invitation"}
    assert told(client, invited) == {"administrator", "sealed"}


def test_a_secret_opens_though_the_answer_to_asking_was_lost(
    both: tuple[TestConsole, SoftwarePhone], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, phone = both
    send, attempt = client.transport.send, Attempt()

    def lost(*given: Any, **more: Any) -> Any:
        send(*given, **more)
        raise Offline

    monkeypatch.setattr(client.transport, "send", lost)
    with pytest.raises(Offline):
        client.ask("administrator.create", INVITED, attempt=attempt)
    monkeypatch.undo()
    [waiting] = client.requests({"status": "pending"}).items
    again = client.ask("administrator.create", INVITED, attempt=attempt)
    assert isinstance(again, Request)
    assert again.id == waiting.id
    assert phone.approve(waiting.id, waiting.code or "") == "executed"
    assert told(client, waiting.id) == {"administrator", "invitation"}


def test_the_keys_go_with_the_session(both: tuple[TestConsole, SoftwarePhone], client: Client) -> None:
    thief, phone = both
    invited = asked(client, phone, "administrator.create", INVITED)
    Session(client).end()
    client.token = thief.token
    assert told(client, invited) == {"administrator", "sealed"}


def test_a_console_alone_reads_the_recovery_codes_that_it_has_made(server: LivingServer) -> None:
    thief, phone = server.set_up(), SoftwarePhone(None, "Pixel 9")
    client = Client(server.url)
    client.token = thief.token
    started = client.start_enrolment(StartEnrolment(password=PASSWORD))
    request = client.confirm_enrolment(started.id, phone.enrol(started.qr, USERNAME, PASSWORD))
    assert phone.approve(request.id, request.code or "") == "executed"
    assert thief.call("GET", "/recovery-codes")["codes"] == []
    first = client.recovery_codes()
    assert asked(client, phone, "recovery_codes.reset", {})
    assert thief.call("GET", "/recovery-codes")["codes"] == []
    assert len({*first, *client.recovery_codes()}) == 20
    assert len(client.recovery_codes()) == 10, "where the first answer got lost"
    client.results.forget()
    assert refused(410, client.recovery_codes).code == "recovery_codes_told"
    client.close()
