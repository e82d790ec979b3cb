"""How long the console's GUI thread stands still under live events: the longest gap between two ticks of a timer.

    uv run python -m tests.benchmarks.console_gap [--seconds 20] [--rate 20] [--users 1500]

The real window and its real thread of live events, against a server process of its own (below) that answers from
memory and announces that everything has changed, `rate` times a second: users, companies, requests, audit log. So every
event makes every visible part read itself again. Overview, users, audit page with details, and settings are shown
in turn.

A timer of 1 ms ticks on the GUI thread; a gap is the time between two ticks. What an empty event loop's gaps are is
measured first, since the system itself makes every process wait now and then; *own work* is the most processor time
that the GUI thread used between two ticks, which others on the machine cannot lengthen.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

if TYPE_CHECKING:
    from desktop.app import Console
    from desktop.visit import Visit

TOPICS = ["users", "companies", "requests", "audit"]
ROWS = 1000
WARM_UP = 2.0


class Handler(BaseHTTPRequestHandler):
    """Answers what a console asks, and tells it again and again that all of it has changed."""

    protocol_version = "HTTP/1.1"
    rate: ClassVar[float] = 20
    answers: ClassVar[dict[str, Callable[[dict[str, list[str]]], bytes]]] = {}

    def do_GET(self) -> None:
        """Answer."""
        parts = urlsplit(self.path)
        if parts.path == "/api/v1/events":
            self._stream()
            return
        answer = self.answers.get(parts.path.removeprefix("/api/v1"))
        body = answer(parse_qs(parts.query)) if answer else b"{}"
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            for number in range(1, 1_000_000):
                told = json.dumps({"topics": TOPICS, "subject": None})
                self.wfile.write(f"id: {number}\nevent: changed\ndata: {told}\n\n".encode())
                self.wfile.flush()
                time.sleep(1 / self.rate)
        except OSError:
            return

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def fixed(body: bytes, _query: dict[str, list[str]]) -> bytes:
    """Answer the same each time."""
    return body


def serve(rate: float, users: int) -> None:
    """Be the server; prints the port."""
    from server.contract.request import RequestStatus
    from tests.desktop.answers import World, event, request, user

    world = World()
    people = [user(number).model_dump(mode="json") for number in range(users)]
    events = [event(number).model_dump(mode="json") for number in range(users)]
    waiting = [request(own=number == 0, id=f"req_{number}").model_dump(mode="json") for number in range(8)]
    ended = [
        request(RequestStatus.EXECUTED if number % 3 else RequestStatus.REJECTED, id=f"req_old_{number}")
        for number in range(12)
    ]
    waiting += [each.model_dump(mode="json") for each in ended]
    turn = iter(range(1_000_000_000))

    def page(items: list[dict[str, object]], query: dict[str, list[str]]) -> bytes:
        start, count = int(query.get("cursor", ["0"])[0]), int(query.get("limit", ["100"])[0])
        end = start + count
        after = str(end) if end < len(items) else None
        return json.dumps({"items": items[start:end], "next": after, "total": len(items)}).encode()

    def changing(query: dict[str, list[str]]) -> bytes:
        """Something is new at each look: a name, and every third time a row."""
        number = next(turn)
        people[number % 40]["name"] = f"Renamed {number}"
        if number % 3 == 0:
            people.insert(0, people.pop())
        return page(people, query)

    def growing(query: dict[str, list[str]]) -> bytes:
        number = next(turn)
        if "cursor" not in query:
            events.insert(0, {**events[0], "id": f"evt_new_{number}"})
            events.pop()
        return page(events, query)

    def requests(query: dict[str, list[str]]) -> bytes:
        number = next(turn)
        if number % 10 == 0:
            waiting.insert(1, {**waiting.pop(7), "id": f"req_new_{number}"})
            waiting.insert(8, {**waiting.pop(), "id": f"req_old_{number}"})
        wanted = query.get("status")
        return page([each for each in waiting if wanted is None or each["status"] == wanted[0]], query)

    plain = {
        "/health": {"status": "ok", "version": "0", "setup_done": True},
        "/me": world.me.model_dump(mode="json"),
        "/actions": {"items": []},
        "/reach": world.reach.model_dump(mode="json"),
        "/overview": world.overview.model_dump(mode="json"),
        "/administrators": {"items": [], "next": None, "total": 0},
        "/companies": {"items": [], "next": None, "total": 12},
        "/two-factor": {
            "enabled": True,
            "method": "phone",
            "device": None,
            "recovery_codes_left": 0,
            "recovery_codes_saved_at": None,
            "recovery_codes_used_at": [],
        },
    }
    Handler.rate = rate
    Handler.answers = {path: partial(fixed, json.dumps(told).encode()) for path, told in plain.items()}
    Handler.answers |= {"/users": changing, "/audit": growing, "/requests": requests}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)  # noqa: T201 - for whoever started it
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


def _visit(console: "Console", port: int) -> "Visit":
    from desktop.core.vault import MemoryVault
    from desktop.means import Means
    from desktop.places import Place
    from desktop.visit import Visit

    means = Means(console.window, console.tasks, MemoryVault(), console.settings)
    return Visit(means, Place(f"http://127.0.0.1:{port}"))


def watch(port: int, seconds: float) -> dict[str, list[tuple[float, float]]]:
    """Run the console, and return the gaps of each page in ms, and what the GUI thread itself worked in each."""
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from desktop.app import Console
    from desktop.core.vault import MemoryVault
    from desktop.shell import Shell
    from desktop.widgets.table import Table

    application = QApplication([])
    ticks: list[tuple[float, float]] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(1)
    timer.timeout.connect(lambda: ticks.append((time.perf_counter(), time.thread_time())))
    timer.start()
    gaps: dict[str, list[tuple[float, float]]] = {}

    def measure(name: str, length: float) -> None:
        for measured, duration in ((False, WARM_UP), (True, length)):
            ticks.clear()
            QTimer.singleShot(int(duration * 1000), application.exit)  # `quit` would close the window
            application.exec()
            if measured:
                gaps[name] = [
                    ((later - earlier) * 1000, (done - before) * 1000)
                    for (earlier, before), (later, done) in pairwise(ticks)
                ]

    with tempfile.TemporaryDirectory() as folder:
        measure("no window", 5)
        console = Console(folder=Path(folder, "data"), settings=Path(folder, "console.ini"), vault=MemoryVault())
        console.window.resize(1280, 800)
        console.start()
        visit = _visit(console, port)
        desk = visit.desk
        desk.client.token = "token"
        desk.session.begin("token", desk.client.me())
        desk.approvals.reload()
        desk.live.start(desk.client)
        visit._shell()
        shell = console.window.findChild(Shell)
        assert isinstance(shell, Shell)
        measure("settle", 1)
        for name in ("overview", "users", "audit", "settings"):
            shell.show_page(name)
            measure("settle", 1)
            for table in shell.findChildren(Table):
                while table.isVisible() and table.model().rowCount() < ROWS:
                    table.model().fetchMore(table.rootIndex())
                    measure("settle", 0.2)
                if table.isVisible():
                    table.selectRow(3)
            measure(name, seconds)
        gaps.pop("settle", None)
        visit.close()
        console.close()
    return gaps


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--users", type=int, default=1500)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if given.serve:
        serve(given.rate, given.users)
        return
    command = [sys.executable, "-m", "tests.benchmarks.console_gap", "--serve", "--rate", str(given.rate)]
    with subprocess.Popen(
        [*command, "--users", str(given.users)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        gaps = watch(int(server.stdout.readline()), given.seconds)
        server.communicate("")
    print(f"{'gaps, ms':12} {'longest':>8} {'p99.9':>8} {'p99':>8} {'median':>8} {'over 16':>8} {'own work':>8}")  # noqa: T201
    for name, measured in gaps.items():
        found, work = [gap for gap, _ in measured], max(own for _, own in measured)
        cuts = statistics.quantiles(found, n=1000)
        columns = "".join(f"{value:9.2f}" for value in (max(found), cuts[998], cuts[989], cuts[499]))
        print(f"{name:12}{columns}{sum(gap > 16 for gap in found):9}{work:9.2f}")  # noqa: T201
    print(f"{given.rate:.0f} events a second, aim: no gap longer than 16 ms.")  # noqa: T201


if __name__ == "__main__":
    main()
