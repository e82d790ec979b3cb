"""A server that goes and comes back, proxies that are not meant, and a GUI thread that never waits."""

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from pytestqt.qtbot import QtBot

from desktop.core.client import Client
from desktop.core.tasks import Tasks
from desktop.core.transport import Offline
from tests.desktop.hand import Hand
from tests.living import PASSWORD, LivingServer

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


def test_a_server_that_was_killed_and_is_back_needs_nobody_to_press_anything(
    start_server: Start, open_console: Open
) -> None:
    server = start_server()
    script = server.set_up()
    script.user("mia.brandt@contoso.example", name="Mia Brandt")
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("nav.users")
    hand.wait(lambda: hand.column("users.table") == ["Mia Brandt"], "the users")
    server.kill()
    hand.reads("sidebar.server", "away")
    hand.reads("banner.server.text", "does not answer")
    assert hand.column("users.table") == ["Mia Brandt"]
    assert hand.console.arrival.desk is not None
    hand.console.arrival.desk.tell(Offline("refused"))
    hand.reads("toast.text", "No server answers")
    server.start()
    hand.reads("sidebar.server", "connected")
    hand.gone("banner.server")
    hand.gone("toast.text")
    script.user("julia.meier@contoso.example", name="Julia Meier")
    hand.wait(lambda: sorted(hand.column("users.table")) == ["Julia Meier", "Mia Brandt"], "what was missed")


def test_a_page_that_could_not_be_loaded_says_so_and_recovers(start_server: Start, open_console: Open) -> None:
    server = start_server()
    server.set_up().user("mia.brandt@contoso.example", name="Mia Brandt")
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("nav.users")
    hand.wait(lambda: hand.column("users.table") == ["Mia Brandt"], "the users")
    server.kill()
    hand.reads("sidebar.server", "away")
    hand.click("nav.audit")
    hand.see("audit.faces.failed")
    hand.click("nav.settings")
    hand.see("settings.faces.failed")
    server.start()
    hand.see("settings.two_factor")
    hand.click("nav.audit")
    hand.wait(lambda: "user:created" in hand.column("audit.table", 1), "the events")


@pytest.mark.cold
def test_a_bundled_server_that_dies_is_started_again(open_console: Open, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    hand = open_console(folder=folder)
    hand.click("first_run.set_up")
    hand.type("set_up.organisation", "Northwind")
    first = json.loads((folder / "server.json").read_text())
    os.kill(first["pid"], signal.SIGKILL)

    def another() -> bool:
        host = hand.console.arrival.host
        told = json.loads((folder / "server.json").read_text())
        serving = host.serving if host is not None else None
        visit = hand.console.arrival._visit
        known = visit._setup_token if visit is not None else None
        return serving is not None and told["pid"] != first["pid"] and known == serving.setup_token

    hand.wait(another, "another server")
    for field, text in {
        "username": "amelia.hart",
        "email": "amelia@northwind.example",
        "password": PASSWORD,
        "password_again": PASSWORD,
    }.items():
        hand.type(f"set_up.{field}", text)
    hand.click("set_up.submit")
    hand.see("page.overview")


def test_no_proxy_stands_between_a_console_and_its_own_computer(
    server: LivingServer, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.set_up()
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.see("page.overview")
    hand.reads("sidebar.server", "connected")
    elsewhere = Client("http://server.invalid")
    with pytest.raises(Offline):
        elsewhere.health()
    elsewhere.close()


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be made to stand still there")
def test_a_server_that_hangs_is_said_to_be_away_before_calls_are_given_up(
    server: LivingServer, open_console: Open
) -> None:
    server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.see("page.overview")
    desk = hand.console.arrival.desk
    assert desk is not None
    desk._patience.setInterval(300)
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        hand.click("nav.audit")
        hand.reads("banner.server.text", "does not answer")
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    hand.gone("banner.server")
    hand.wait(lambda: "session:started" in hand.column("audit.table", 1), "the events")


def test_a_team_server_is_set_up_with_the_token_it_printed(
    server: LivingServer, open_console: Open, tmp_path: Path
) -> None:
    hand = open_console(folder=tmp_path / "unused")
    hand.click("first_run.connect")
    hand.type("connect.address", server.url)
    hand.click("connect.submit")
    hand.reads("connect.not_set_up.text", "not set up yet")
    hand.click("connect.submit")
    assert hand.fault("connect.token")
    hand.type("connect.token", "not the one")
    hand.click("connect.submit")
    for field, text in {
        "organisation": "Northwind",
        "username": "amelia.hart",
        "email": "amelia@northwind.example",
        "password": PASSWORD,
        "password_again": PASSWORD,
    }.items():
        hand.type(f"set_up.{field}", text)
    hand.click("set_up.submit")
    hand.reads("set_up.token.fault", "not the server’s set-up token")
    hand.type("set_up.token", server.setup_token)
    hand.click("set_up.submit")
    hand.see("page.overview")


@pytest.fixture
def silent_server() -> Iterator[str]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_gui_thread_never_waits_for_a_server(qtbot: QtBot, silent_server: str) -> None:
    tasks, client = Tasks(), Client(silent_server)
    ticks: list[float] = []
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: ticks.append(time.monotonic()))
    timer.start()
    came: list[object] = []
    for _ in range(20):
        tasks.run(timer, client.health, came.append, came.append)
    qtbot.waitUntil(lambda: len(ticks) > 200, timeout=10_000)
    gaps = [later - earlier for earlier, later in pairwise(ticks)]
    assert max(gaps) < 1, f"the GUI thread stood still for {max(gaps):.3f} s; a call that it waited for would take 3"
    assert not came
    tasks.close()
    timer.stop()
    client.close()


def test_a_result_for_somebody_who_is_gone_is_dropped(qtbot: QtBot) -> None:
    tasks, owner, may = Tasks(), QObject(), threading.Event()
    came: list[object] = []
    tasks.run(owner, lambda: may.wait(10), came.append)
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    may.set()
    qtbot.waitUntil(lambda: tasks.idle)
    assert not came
    tasks.close()
    tasks.join(2)


def test_connecting_to_an_address_says_what_is_wrong_with_it(
    server: LivingServer, open_console: Open, tmp_path: Path
) -> None:
    hand = open_console(folder=tmp_path / "unused")
    hand.click("first_run.connect")
    for address, part in (
        ("http://server.example", "https"),
        ("ftp://server.example", "address such as"),
        ("http://127.0.0.1:9", "at this port"),
        ("https://nobody.invalid", "server of this name"),
    ):
        hand.type("connect.address", address)
        hand.click("connect.submit")
        hand.reads("connect.address.fault", part)
    server.set_up()
    hand.type("connect.address", server.url)
    hand.click("connect.submit")
    hand.sign_in()
    hand.see("page.overview")


def test_two_consoles_see_each_others_requests(server: LivingServer, open_console: Open) -> None:
    script, phone = server.protected()
    hands = [open_console(url=server.url), open_console(url=server.url)]
    for hand in hands:
        hand.sign_in()
        code = hand.text("waiting.code")
        phone.approve(phone.pending()[0].id, code)
        hand.see("nav.users")
    request = script.delete(script.user("mia.brandt@contoso.example"))
    for hand in hands:
        hand.reads("approvals.count", "1 waiting")
    phone.reject(request["id"])
    for hand in hands:
        hand.see("approvals.empty")
