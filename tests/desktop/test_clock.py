"""A clock that is off: said plainly, gone when it is right again, and nothing else depends on it."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot
from typing_extensions import override

from desktop.core import clock
from desktop.core.clock import Clock, ahead_of
from desktop.core.rights import must_enrol_now
from desktop.core.transport import Transport
from server.contract.problem import Problem
from tests.desktop.answers import World
from tests.desktop.hand import Hand
from tests.desktop.scenes import Stage
from tests.living import ROOT, LivingServer

DATE = "%a, %d %b %Y %H:%M:%S GMT"


@pytest.fixture(autouse=True)
def right_again(qtbot: QtBot) -> Iterator[None]:
    """Leave no clock that is off behind."""
    del qtbot
    yield
    Clock().deleteLater()


@contextmanager
def saying(moment: Callable[[], datetime], status: int = 200) -> Iterator[str]:
    """Serve answers that carry another time."""

    class Late(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            self.send_header("Date", moment().strftime(DATE))
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        @override
        def log_message(self, *_: object) -> None:
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Late)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [200, 404])
def test_every_answer_is_compared_a_refusal_too(status: int) -> None:
    heard: list[float] = []
    with saying(lambda: datetime.now(UTC) - timedelta(minutes=4), status) as url:
        transport = Transport(url)
        transport.heard = heard.append
        try:
            transport.send("GET", "/")
        except Problem:
            assert status == 404
        transport.close()
    [ahead] = heard
    assert 239 <= ahead <= 242


@pytest.mark.parametrize("date", [None, "yesterday", ""])
def test_an_answer_without_a_time_says_nothing(date: str | None) -> None:
    assert ahead_of({} if date is None else {"Date": date}) is None


def test_a_minute_is_tolerated_and_more_is_said_until_it_is_right(qtbot: QtBot, tmp_path: Path) -> None:
    del qtbot
    stage = Stage(tmp_path)
    shell = stage.shell()
    banner = next(each for each in shell.banners._all if each.objectName() == "banner.clock")
    for ahead, words in [
        (59, ""),
        (-60, ""),
        (240, "4 min ahead of"),
        (241, "4 min ahead of"),
        (-7200, "2 h 0 min behind"),
    ]:
        stage.desk.clock.hear(ahead)
        stage.settle()
        assert words in banner.text.text()
        assert banner.isVisible() is bool(words)
    stage.desk.clock.hear(0.4)
    stage.settle()
    assert not banner.isVisible()
    stage.close()


def test_what_is_due_goes_by_the_servers_clock(qtbot: QtBot) -> None:
    del qtbot
    world = World(protected=False)
    world.account["must_enrol_by"] = datetime.now(UTC) + timedelta(minutes=30)
    here = Clock()
    assert not must_enrol_now(world.me)
    here.hear(-3600)  # it is an hour later at the server
    QCoreApplication.processEvents()
    assert must_enrol_now(world.me)
    here.hear(0)
    QCoreApplication.processEvents()
    assert not must_enrol_now(world.me)


def test_nothing_else_asks_this_computers_clock() -> None:
    own = Path(clock.__file__)
    askers = [
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "desktop").rglob("*.py")
        if file != own and re.search(r"datetime\.now|utcnow|time\.time\(|currentDateTime", file.read_text("utf-8"))
    ]
    assert askers == []


def test_the_console_of_a_computer_whose_clock_is_off_says_so_and_works(
    server: LivingServer, open_console: Callable[..., Hand], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, phone = server.protected()
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + 600)
    hand = open_console(url=server.url)
    hand.reads("banner.clock.text", "10 min ahead")
    hand.sign_in()
    code = hand.text("waiting.code")
    assert 60 < hand.see("waiting.countdown").left < 125
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.see("page.overview")
    hand.reads("banner.clock.text", "10 min ahead")
    monkeypatch.undo()
    hand.click("nav.users")
    hand.gone("banner.clock")
