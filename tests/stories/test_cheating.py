"""The demo's attempts to cheat: each is refused, and each is seen to succeed where the guard against it is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from desktop.core.client import Client
from desktop.demo import colleague
from desktop.demo.altering import alter_a_copy
from desktop.demo.cheating import Cheating, Tried
from tests.forms import LONG
from tests.living import ROOT, LivingServer

PROGRAM = [sys.executable, "-m", "tests.stories.unguarded_server"]
SHORT = {"COUNTERSIGN_REQUEST_LIFETIME": "2"}
SENTENCES = ["stolen session", "recorded approval", "One byte", "Another account", "too late"]


def cheat(server: LivingServer, unguarded: str = "") -> list[Tried]:
    """Try everything, after one approval was recorded and a colleague has joined, without the guard `unguarded`."""
    console, victim = server.set_up(), Client(server.url)
    victim.token = console.token
    invitation = colleague.invite(victim)
    phone = console.protect()
    request = console.delete(console.user())
    phone.approve(request["id"], request["code"])
    jonas = colleague.join(server.url, server.data, invitation)
    users = [console.user(f"{name}@contoso.example") for name in ("oskar", "sofia", "noah")]
    if unguarded:
        server.command = [*PROGRAM, *server.command[3:]]
        restart(server, UNGUARDED=unguarded)
    tried = []
    for attempt in Cheating(victim, server.data, phone.sent[request["id"]], jonas, users).attempts():
        if attempt.waits:
            restart(server, **SHORT)
        tried.append(attempt.run())
    return tried


def restart(server: LivingServer, **environment: str) -> None:
    server.stop()
    server.environment |= environment
    server.start()


def test_five_are_tried_and_each_is_refused(server: LivingServer) -> None:
    tried = cheat(server)
    assert [sentence in each.what for sentence, each in zip(SENTENCES, tried, strict=True)] == [True] * 5
    assert [[answer[:3] for answer in each.answers] for each in tried] == [
        ["405", "202"],
        ["409", "400"],
        ["403"],
        ["404"],
        ["410"],
    ]
    assert [each.effects for each in tried] == [[]] * 5


@pytest.mark.parametrize(("unguarded", "which"), [("202", 0), ("400", 1), ("403", 2), ("404", 3), ("410", 4)])
def test_without_its_guard_an_attempt_succeeds_and_is_seen(server: LivingServer, unguarded: str, which: int) -> None:
    tried = cheat(server, unguarded)
    assert [each for each, found in enumerate(tried) if found.effects] == [which]
    assert "users" in tried[which].effects
    assert "users that the API tells" in tried[which].effects
    assert "CHANGED users" in tried[which].line


def test_the_row_that_was_changed_in_a_copy_is_named(server: LivingServer, tmp_path: Path) -> None:
    console, phone = server.protected()
    request = console.delete(console.user())
    phone.approve(request["id"], request["code"])
    checked = alter_a_copy(server.data, tmp_path / "copy", request["id"])
    [approved] = [each for each in console.audit(event="request:approved") if each["request"] == request["id"]]
    assert checked.row == approved["id"]
    assert checked.found, checked
    assert "unbroken" in server.run("audit", "verify").stdout  # the copy alone was changed


@pytest.mark.skipif(not LONG, reason="the short form tries this without the demo around it")
@pytest.mark.timeout(400)
def test_a_demo_in_which_an_attempt_succeeds_fails(tmp_path: Path) -> None:
    story = (
        f"import sys; from desktop import demo, server_process; server_process.program = lambda: {PROGRAM}; "
        f"sys.exit(demo.run(['--headless', '--out', {str(tmp_path)!r}]))"
    )
    environment = {"UNGUARDED": "404", "PATH": str(tmp_path), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", story]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=380, check=False)
    lines = done.stdout.splitlines()
    [succeeded] = [line for line in lines if "Another account" in line]
    assert "CHANGED" in succeeded
    assert any("5 tried, 1 effects" in line for line in lines)
    assert done.returncode == 1
    assert "had an effect" in done.stderr
