"""The whole approval loop over HTTP: ask, list, signed decision, seen on the event stream; run it as a module.

It prints loops per second, the latency of a loop and of decision to visible (p50, p95, p99), and CPU per loop,
with `synchronous=FULL` and real signatures.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import requests

from desktop.demo.phone import SoftwarePhone
from server.store.store import LARGEST_GROUP
from tests.benchmarks.long_log import lengthen
from tests.living import SERVE, LivingServer, TestConsole
from tests.postgresql import PostgreSQL


@dataclass
class Figures:
    """What one run measured; times in seconds."""

    loops: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)

    def row(self, clients: int, seconds: float, cpu: float) -> str:
        """Return one line of the table."""
        count = len(self.loops)
        return (
            f"{clients:7} {count / seconds:9.1f} {_percentiles(self.loops)} {_percentiles(self.visible)} "
            f"{cpu / max(count, 1) * 1000:8.2f}"
        )


def _percentiles(times: list[float]) -> str:
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
    return "/".join(f"{cuts[place - 1] * 1000:7.1f}" for place in (50, 95, 99))


class Client:
    """One administrator with a phone, looping."""

    def __init__(self, console: TestConsole, phone: SoftwarePhone, number: int) -> None:
        """Prepare everything but the loop."""
        self.console, self.phone, self.number = console, phone, number
        self._seen: dict[str, threading.Event] = {}
        self._turn = 0
        self.go_on()

    def go_on(self) -> None:
        """Sign the phone in and listen, also after the server was started again."""
        phone, console = self.phone, self.console
        phone.sign_in()
        headers = {"Authorization": f"Bearer {console.token}"}
        self._stream = requests.get(f"{console.url}/api/v1/events", headers=headers, stream=True, timeout=(5, 60))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._stream.iter_lines(chunk_size=1):
            if line.startswith(b"data:"):
                for request, event in list(self._seen.items()):
                    if request.encode() in line:
                        event.set()

    def loop(self, figures: Figures) -> None:
        """Ask, list, decide, see it."""
        self._turn += 1
        user = self.console.user(f"user-{self.number}-{self._turn}-{time.monotonic_ns()}@bench.example")
        began = time.perf_counter()
        request = self.console.delete(user)
        [shown] = [each for each in self.phone.pending() if each.id == request["id"]]
        event = self._seen[request["id"]] = threading.Event()
        body = self.phone.sealed_decision(shown, "approve", code=request["code"])
        decided = time.perf_counter()
        self.phone.send(request["id"], body)
        event.wait(10)
        ended = time.perf_counter()
        del self._seen[request["id"]]
        figures.loops.append(ended - began)
        figures.visible.append(ended - decided)


def clients_of(server: LivingServer, count: int) -> list[Client]:
    """Set up `count` administrators, each with a phone of their own."""
    console, phone = server.protected()
    made = [Client(console, phone, 0)]
    for number in range(1, count):
        name, password = f"bench{number}", "quiet-Harbour-19-marble-otter"
        request = console.ask("administrator.create", username=name, email=f"{name}@bench.example", role="provider")
        phone.approve(request["id"], request["code"])
        invitation = console.request(request["id"])["result"]["invitation"]
        colleague = TestConsole(server.url)
        accepted = colleague.call("POST", "/invitations", {"invitation": invitation, "password": password})
        colleague.sign_in(name, password)
        made.append(Client(colleague, colleague.protect(name, password, accepted["grant"]), number))
    return made


def run(clients: list[Client], seconds: float, cpu_of: Callable[[], float]) -> tuple[Figures, float, float]:
    """Let all clients loop for `seconds`; the figures, the time it took, the server's CPU seconds."""
    figures, stop = Figures(), time.monotonic() + seconds

    def work(client: Client) -> None:
        while time.monotonic() < stop:
            client.loop(figures)

    before, began = cpu_of(), time.monotonic()
    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return figures, time.monotonic() - began, cpu_of() - before


def cpu_seconds(pid: int) -> float:
    """Return what the process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Case:
    """One row of the table: the product as it is, or slowed down, or with a long audit log."""

    name: str
    clients: int
    flush: float = 0
    group: int = LARGEST_GROUP
    lines: int = 0
    postgresql: PostgreSQL | None = None

    def server(self, folder: Path) -> LivingServer:
        """Return the server, not started."""
        made = LivingServer(folder / "data", settings={"database": self.postgresql.new()} if self.postgresql else {})
        if self.flush or self.group != LARGEST_GROUP:
            made.command = [sys.executable, "-m", "tests.benchmarks.slowed_server", *SERVE[3:]]
            made.environment = {"BENCHMARK_FLUSH": str(self.flush), "BENCHMARK_GROUP": str(self.group)}
        return made


def measure(case: Case, seconds: float) -> str:
    """Return the line of a case."""
    with tempfile.TemporaryDirectory() as folder:
        server = case.server(Path(folder))
        began = time.monotonic()
        server.start()
        started = time.monotonic() - began
        clients = clients_of(server, case.clients)
        if case.lines:
            server.stop()
            lengthen(server.data / "countersign.db", case.lines)
            server.start()
            for client in clients:
                client.go_on()
        assert server.process is not None
        pid = server.process.pid
        figures, took, cpu = run(clients, seconds, partial(cpu_seconds, pid))
        memory = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
        server.stop()
    return f"{case.name:34} {figures.row(case.clients, took, cpu)} {memory >> 20:7} {started:7.2f}"


def cases(clients: list[int], lines: int, postgresql: PostgreSQL) -> list[Case]:
    """Return all rows: as it is; with a slow flush; a commit for each call; a long audit log; on PostgreSQL."""
    most = max(clients)
    return [
        *(Case("as it is", count) for count in clients),
        Case("a commit a call", most, group=1),
        Case("5 ms more a flush", most, flush=5),
        Case("5 ms more a flush, a commit a call", most, flush=5, group=1),
        Case(f"{lines:,} lines in the audit log", most, lines=lines),
        *(Case("on PostgreSQL", count, postgresql=postgresql) for count in clients),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the long audit log")
    parser.add_argument("--only-as-it-is", action="store_true")
    given = parser.parse_args()
    os.environ["PYTEST_VERSION"] = "benchmark"  # the software phone works under test alone
    heads = "clients   loops/s      loop ms p50/p95/p99     visible ms p50/p95/p99   CPU ms/loop RSS MiB start s"
    print(f"{'':34} {heads}")  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        postgresql = PostgreSQL(Path(folder) / "data", flushes=True)
        for case in cases(given.clients, given.lines, postgresql):
            if case.name == "as it is" or not given.only_as_it_is:
                print(measure(case, given.seconds), flush=True)  # noqa: T201
        postgresql.close()


if __name__ == "__main__":
    main()
