"""What consoles read: users, the audit log with its chain and exports, live events that resume."""

import csv
import io
import json
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from server.web.hub import MOST_OF_ACCOUNT, MOST_OF_ONE
from tests.both import on_sqlite
from tests.living import LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.server.test_administrators import done, me
from tests.server.test_decisions import colleague_of


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


def test_users_are_sorted_searched_and_paged_on_the_server(console: TestConsole) -> None:
    company = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    for n in range(25):
        limit = {"storage_limit": n} if n % 3 else {}
        at = company if n % 2 else None
        console.user(f"user{n % 7}{n:02d}@contoso.example", name=f"Name {n % 3}", company=at, **limit)
    for sort in ("name", "username", "company", "status", "created_at", "bytes", "storage_limit"):
        for order in ("asc", "desc"):
            seen, cursor = [], None
            while True:
                query = {"sort": sort, "order": order, "limit": 4, "cursor": cursor}
                page = console.call("GET", "/users", params=query)
                assert page["total"] == 25
                seen += [each["id"] for each in page["items"]]
                if (cursor := page["next"]) is None:
                    break
            assert len(seen) == len(set(seen)) == 25, (sort, order)
    assert console.call("GET", "/users", params={"q": "contoso", "limit": 1})["total"] == 25
    assert console.call("GET", "/users", params={"q": "Name 1"})["total"] == 8
    assert console.call("GET", "/users", params={"q": "100%_"})["total"] == 0
    assert console.call("GET", "/users", params={"company": company})["total"] == 12
    refused(422, lambda: console.call("GET", "/users", params={"cursor": "x"}))


def test_users_are_sorted_by_the_state_that_is_shown(console: TestConsole) -> None:
    for name, enabled in (("a", True), ("b", True), ("c", False), ("d", True), ("e", False)):
        console.user(f"{name}@x.example", enabled=enabled)
    page = console.call("GET", "/users", params={"sort": "status", "order": "asc"})
    assert [each["enabled"] for each in page["items"]] == [True, True, True, False, False]


def test_names_beyond_ascii_are_found_and_paged(console: TestConsole) -> None:
    for n, name in enumerate(["Ägidius", "Öztürk", "Strauß", "ÉTIENNE", "子" * 120, "Ж" * 120]):
        console.user(f"user{n}@contoso.example", name=name)
    for typed in ("ägidius", "ÖZTÜRK", "strauß", "étienne", "子子"):
        assert console.call("GET", "/users", params={"q": typed})["total"] == 1, typed
    for sort in ("name", "created_at"):
        seen, cursor = [], None
        while True:
            page = console.call("GET", "/users", params={"sort": sort, "order": "asc", "limit": 1, "cursor": cursor})
            seen += [each["name"] for each in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert len(set(seen)) == 6


def test_a_users_mistakes_are_told_where_they_are(console: TestConsole) -> None:
    console.user()
    assert refused(409, console.user).code == "username_taken"
    for body in (
        {"username": "no address"},
        {"username": "a@b.example", "name": "x\u202ey"},
        {"username": "a@b.example", "role": "x"},
        {},
    ):
        problem = refused(422, partial(console.call, "POST", "/users", body))
        assert problem.members["fields"]
        assert "no address" not in json.dumps(problem.members)
    refused(404, lambda: console.user("b@c.example", company="cmp_unknown"))
    refused(404, lambda: console.call("PATCH", "/users/usr_unknown", {"name": "x"}))


def test_the_audit_log_is_filtered_paged_and_exported(console: TestConsole) -> None:
    mia, kofi = console.user(), console.user("kofi@litware.example", name="=cmd()")
    console.call("PATCH", f"/users/{mia}", {"name": "Mia B"})
    assert [each["event"] for each in console.audit(subject=mia)] == ["user:changed", "user:created"]
    assert [each["event"] for each in console.audit(event="user", subject="kofi@litware.example")] == ["user:created"]
    assert console.audit(actor="AMELIA.HART", event="user:changed")
    assert console.audit(actor="nobody") == console.audit(q="100%") == console.audit(outcome="failed") == []
    assert {each["outcome"] for each in console.audit(outcome="ok")} == {"ok"}
    [changed] = console.audit(event="user:changed")
    at = changed["at"]
    assert changed in console.audit(**{"from": at})
    assert changed not in console.audit(to=at)
    assert [each["id"] for each in console.audit(q="KOFI@")]
    page = console.call("GET", "/audit", params={"limit": 2})
    assert len(page["items"]) == 2
    assert page["total"] == len(console.audit())
    lines = console.raw("GET", "/audit/export", params={"format": "jsonl"}).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [each["id"] for each in console.audit()][1:]
    rows = list(csv.reader(io.StringIO(console.raw("GET", "/audit/export?format=csv&event=user").text)))
    assert len(rows) == 4
    assert console.audit()[0]["parameters"] == {"format": "csv", "event": "user"}
    assert kofi


def test_a_formula_in_a_name_is_only_text_in_the_export() -> None:
    from server.domain.tabular import _cell

    assert [_cell(text) for text in ("=1+1", "+1", "-1", "@x", "\tx", "a=b", None)] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "a=b",
        "",
    ]


def verified(server: LivingServer) -> subprocess.CompletedProcess[str]:
    return server.run("audit", "verify")


@on_sqlite
@pytest.mark.parametrize(
    "change",
    [
        "body = replace(body, 'mia', 'eve')",
        "body = CAST(replace(CAST(body AS TEXT), 'mia', 'eve') AS BLOB)",
        "words = ''",
        "subjects = ''",
        "at = at + 1",
        "hash = zeroblob(32)",
    ],
)
def test_one_changed_row_is_named(server: LivingServer, change: str) -> None:
    console = server.set_up()
    console.user()
    server.stop()
    assert verified(server).returncode == 0
    database = sqlite3.connect(server.data / "countersign.db")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute("UPDATE audit SET actor = 'eve'")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute("DELETE FROM audit")
    database.execute("DROP TRIGGER audit_refuses_update")
    [(name,)] = database.execute("SELECT id FROM audit WHERE event = 'user:created'").fetchall()
    database.execute(f"UPDATE audit SET {change} WHERE id = ?", (name,))  # noqa: S608 - our own words
    database.commit()
    database.close()
    found = verified(server)
    assert found.returncode == 1
    assert name in found.stderr


class Events:
    """The event stream, read by a thread."""

    def __init__(self, console: TestConsole, last: int | None = None) -> None:
        """Open it."""
        headers = {"Authorization": f"Bearer {console.token}"}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        self.answer = requests.get(f"{console.url}/api/v1/events", headers=headers, stream=True, timeout=(5, 60))
        assert self.answer.status_code == 200
        self.seen: list[dict[str, Any]] = []
        self.numbers: list[int] = []
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        wait_for(lambda: self.numbers)

    def _read(self) -> None:
        number = 0
        try:
            for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line.startswith("id: "):
                    number = int(line[4:])
                    self.numbers.append(number)
                if line.startswith("data: "):
                    self.seen.append({"number": number, **json.loads(line[6:])})
        except (requests.RequestException, AttributeError):
            pass
        self.answer.close()
        self.ended.set()


def _saw(stream: Events, ids: list[str]) -> bool:
    return [each["subject"] for each in stream.seen if "users" in each["topics"]] == ids


def test_two_consoles_see_each_others_changes_numbered_without_gaps(console: TestConsole) -> None:
    other = TestConsole(console.url)
    other.sign_in()
    streams = [Events(console), Events(other)]
    ids = [other.user(f"user{n}@contoso.example") for n in range(5)]
    for stream in streams:
        wait_for(partial(_saw, stream, ids))
        numbers = [each["number"] for each in stream.seen]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    first = streams[0].seen[0]["number"]
    resumed = Events(console, last=first)
    wait_for(lambda: [e["number"] for e in resumed.seen] == [e["number"] for e in streams[0].seen[1:]])
    lost = Events(console, last=10**9)
    wait_for(lambda: [e["topics"] for e in lost.seen] == [["*"]])
    console.call("DELETE", "/sessions/current")
    for stream in (streams[0], resumed, lost):
        assert stream.ended.wait(10)
    other.call("DELETE", "/sessions/current")
    assert streams[1].ended.wait(10)


def test_a_subject_is_told_to_those_alone_who_may_read_it(server: LivingServer) -> None:
    console, phone = server.protected()
    company = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    _, sub = colleague_of(console, phone, role="sub_administrator", companies=[company], permissions=[])
    mine, theirs = Events(console), Events(sub)
    user = console.user()
    request = console.delete(user)
    for stream in (mine, theirs):
        wait_for(partial(_has, stream, "requests"))
    assert {each["subject"] for each in mine.seen} >= {user, request["id"]}
    assert {each["subject"] for each in theirs.seen} == {None}
    for session in (sub, console):
        session.call("DELETE", "/sessions/current")
    assert mine.ended.wait(10)
    assert theirs.ended.wait(10)


def _has(stream: Events, topic: str) -> bool:
    return any(topic in each["topics"] for each in stream.seen)


def test_numbers_go_on_after_a_restart(server: LivingServer) -> None:
    console = server.set_up()
    stream = Events(console)
    console.user()
    wait_for(lambda: stream.seen)
    last = stream.seen[-1]["number"]
    server.kill()
    assert stream.ended.wait(10)
    server.start()
    console.user("kofi@litware.example")
    again = Events(console, last=last)
    wait_for(lambda: again.seen)
    assert again.seen[0]["number"] == last + 1
    console.call("DELETE", "/sessions/current")
    assert again.ended.wait(10)


def test_nothing_but_a_get_opens_a_stream(console: TestConsole) -> None:
    for path in ("/events", "/../../phone/api/v1/events"):
        answer = console.raw("HEAD", path)  # would not end
        assert answer.status_code in (404, 405), path
    with console._http.get(
        f"{console.url}/api/v1/events", headers={"Authorization": f"Bearer {console.token}"}, stream=True, timeout=20
    ) as stream:
        assert stream.status_code == 200


class Line:
    """A connection with an event stream on it."""

    def __init__(self, console: TestConsole, path: str = "/api/v1/events") -> None:
        """Open it, and wait until it is one."""
        where = urlsplit(console.url)
        assert where.hostname and where.port
        self._socket = socket.create_connection((where.hostname, where.port), timeout=10)
        head = f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {console.token}\r\n\r\n"
        self._socket.sendall(head.encode())
        self._said = self._until(b": connected")

    def _until(self, word: bytes) -> bytes:
        said = b""
        while word not in said and (more := self._socket.recv(4096)):
            said += more
        return said

    def is_told(self, word: str) -> bool:
        """Whether it is told something with this in it, and goes on."""
        return word.encode() in self._until(word.encode())

    def rest(self) -> bytes:
        """Return what is said until the server closes the connection."""
        return self._until(b"no stream has this")

    def closes(self) -> bool:
        """Whether the server closes the connection."""
        self.rest()
        return True

    def close(self) -> None:
        """Close it from here."""
        self._socket.close()


@pytest.fixture
def listen() -> Iterator[Callable[..., Line]]:
    with ExitStack() as lines:
        yield lambda *args: lines.enter_context(closing(Line(*args)))


def test_who_opens_streams_without_end_ends_his_own_oldest(server: LivingServer, listen: Callable[..., Line]) -> None:
    console, phone = server.protected()
    _, colleague = colleague_of(console, phone)
    other = TestConsole(server.url)
    other.sign_in(phone=phone)
    phones = TestConsole(server.url)
    phones.token = phone.token
    theirs = [listen(colleague), listen(other), listen(phones, "/phone/api/v1/events")]
    lines = [listen(console) for _ in range(MOST_OF_ONE + 3)]
    assert all(line.closes() for line in lines[:3])
    user = console.user()
    assert all(line.is_told(user) for line in (*lines[3:], *theirs[:2]))
    console.delete(user)
    assert theirs[2].is_told("requests")


def test_nor_does_one_account_hold_more_with_many_sessions(console: TestConsole, listen: Callable[..., Line]) -> None:
    mine, crowd = listen(console), [TestConsole(console.url) for _ in range(MOST_OF_ACCOUNT // MOST_OF_ONE)]
    for session in crowd:
        session.sign_in()
    first, *others = [listen(session) for session in crowd for _ in range(MOST_OF_ONE)]
    assert first.closes()
    user = console.user()
    assert all(line.is_told(user) for line in (mine, *others)), "who has most of them ends one"


def test_the_stream_of_a_disabled_accounts_phone_ends_at_once(
    server: LivingServer, listen: Callable[..., Line]
) -> None:
    console, phone = server.protected()
    theirs, colleague = colleague_of(console, phone)
    phones = TestConsole(server.url)
    phones.token = theirs.token
    line = listen(phones, "/phone/api/v1/events")
    done(console, phone, "administrator.disable", administrator=me(colleague))
    assert b"still here" not in line.rest()
