"""The parts without a window: secrets, errors, countdowns, live events."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError
from pytestqt.qtbot import QtBot
from typing_extensions import override

from desktop.core import vault
from desktop.core.client import Client
from desktop.core.live import Live
from desktop.core.moments import Deadline
from desktop.core.problems import Manner, shown
from desktop.core.settings import Settings, ThemeChoice
from desktop.core.transport import Offline, is_loopback
from desktop.core.vault import KeyringVault
from server.contract.problem import Problem
from server.contract.topic import LiveEvent, Topic
from tests.living import LivingServer


class NoKeyring(KeyringBackend):
    """A computer without a keyring."""

    priority = 1.0

    @override
    def get_password(self, service: str, username: str) -> str | None:
        raise NoKeyringError

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        raise NoKeyringError

    @override
    def delete_password(self, service: str, username: str) -> None:
        raise NoKeyringError


class HangingKeyring(NoKeyring):
    """One that waits for somebody to unlock it."""

    released = threading.Event()

    @override
    def get_password(self, service: str, username: str) -> str | None:
        self.released.wait(30)
        return "too late"


@pytest.fixture
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    HangingKeyring.released.clear()
    yield
    HangingKeyring.released.set()
    keyring.set_keyring(before)


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_secrets_live_in_memory() -> None:
    kept = KeyringVault()
    assert kept.get("console") is None
    kept.set("console", "secret")
    assert kept.get("console") == "secret"
    assert KeyringVault().get("console") is None


@pytest.mark.usefixtures("no_keyring")
def test_a_keyring_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_keyring(HangingKeyring())  # type: ignore[no-untyped-call]
    monkeypatch.setattr(vault, "PATIENCE", 0.05)
    kept = KeyringVault()
    began = time.monotonic()
    assert kept.get("console") is None
    kept.set("console", "secret")
    assert kept.get("console") == "secret"
    assert time.monotonic() - began < 5


def test_every_kind_of_error_has_its_place() -> None:
    assert shown(Offline()).manner is Manner.BANNER
    assert "certificate" in shown(Offline("certificate")).text
    taken = Problem(409, "username_taken", "There is such a user", "Choose another name.")
    assert shown(taken).text == "There is such a user. Choose another name."
    refused = shown(
        Problem(422, "invalid", "Something does not fit", fields={"email": "an e-mail address looks like…"})
    )
    assert refused.manner is Manner.FIELDS
    assert refused.fields == {"email": "An e-mail address looks like name@example.com."}
    broken = Problem(500, "internal_error", "Something went wrong in the server", "Try again.")
    broken.call_id = "c_1"
    assert "c_1" in shown(broken).text
    assert shown(ZeroDivisionError("no")).manner is Manner.UNEXPECTED


def test_a_countdown_goes_by_the_servers_clock_alone() -> None:
    wrong = datetime.now(UTC) - timedelta(days=400)
    deadline = Deadline(wrong, wrong + timedelta(seconds=120), wrong + timedelta(seconds=18))
    assert deadline.text in ("1:42", "1:41")
    assert 0.8 < deadline.share < 0.86
    assert Deadline(wrong, wrong + timedelta(seconds=120), wrong + timedelta(seconds=500)).text == "0:00"


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://localhost:8475", True),
        ("http://127.0.0.1:1", True),
        ("http://[::1]:1", True),
        ("https://127.0.0.1.example.com", False),
        ("https://localhost.example.com", False),
        ("https://10.0.0.1", False),
    ],
)
def test_what_is_this_computer(url: str, ours: bool) -> None:  # noqa: FBT001 - a table
    assert is_loopback(url) is ours


def test_settings_survive_and_what_is_no_choice_is_the_default(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "console.ini"
    first = Settings(file)
    first.set(Settings.theme, ThemeChoice.DARK)
    del first
    assert Settings(file).get(Settings.theme) is ThemeChoice.DARK
    file.write_text("[appearance]\ntheme=purple\n", "utf-8")
    assert Settings(file).get(Settings.theme) is ThemeChoice.SYSTEM


def test_live_events_arrive_and_stopping_is_prompt(server: LivingServer, qtbot: QtBot) -> None:
    script = server.set_up()
    client, live = Client(server.url), Live()
    client.token = script.token
    heard: list[LiveEvent] = []
    live.changed.connect(heard.append)
    live.start(client)
    qtbot.waitUntil(lambda: live.online and bool(heard))
    assert heard[0].topics == [Topic.ALL]
    script.user("mia.brandt@contoso.example")
    qtbot.waitUntil(lambda: any(Topic.USERS in event.topics for event in heard))
    began = time.monotonic()
    live.stop()
    qtbot.waitUntil(lambda: not any(thread.name == "live" for thread in threading.enumerate()))
    assert time.monotonic() - began < 5  # the next heartbeat may be 15 s away
    client.close()


def test_what_live_events_were_missed_is_made_good(qtbot: QtBot) -> None:
    """A gap in the numbers, a topic of a newer server and a broken line all mean: read again."""
    lines = (
        b'id: 7\nevent: changed\ndata: {"topics":["users"],"subject":null}\n\n',
        b": still here\n\n",
        b'id: 9\nevent: changed\ndata: {"topics":["companies"],"subject":null}\n\n',
        b'id: 10\nevent: changed\ndata: {"topics":["weather","audit"],"subject":null}\n\n',
        b"id: 11\nevent: changed\ndata: what\n\n",
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    asked: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        for body in (b"".join(lines), b""):
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(65536))
                connection.sendall(head + body)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        client, live = Client(f"http://127.0.0.1:{listener.getsockname()[1]}"), Live()
        client.token = "token"
        heard: list[list[Topic]] = []
        live.changed.connect(lambda event: heard.append(event.topics))
        live.start(client)
        qtbot.waitUntil(lambda: len(asked) == 2, timeout=10_000)
        live.stop()
        thread.join(5)
    everything = [Topic.ALL]
    assert heard[:5] == [everything, [Topic.USERS], everything, [Topic.AUDIT], everything]
    assert b"last-event-id: 11" in asked[1].lower()
    assert b"authorization: bearer token" in asked[1].lower()
    client.close()
