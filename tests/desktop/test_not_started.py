"""A folder whose server can no longer start with its settings: what is wrong is said, and a button goes on."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desktop.reaching import is_set_up
from server.holdings import own_for
from server.tls import Names
from tests.desktop.hand import Hand
from tests.desktop.letting import NAME, served
from tests.living import LivingServer

pytestmark = pytest.mark.cold
Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


@pytest.fixture
def server(start_server: Start) -> LivingServer:
    """One that is set up, and does not run."""
    made = start_server()
    made.set_up()
    made.stop()
    return made


def go_alone(hand: Hand, folder: Path) -> None:
    """Let it be there for this computer alone, which is said before it is done."""
    hand.reads("starting.alone.text", "No other phone gets in then until Let phones connect is done again")
    hand.click("starting.alone")
    hand.see("sign_in.username")
    assert served(hand).startswith("http://localhost")
    assert not is_set_up(folder)


def test_a_port_that_another_program_has_leaves_a_way_on(server: LivingServer, open_console: Open) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 - as the server would
        port = taken.getsockname()[1]
        assert server.run("tls", "init", "--name", NAME, "--port", str(port)).returncode == 0
        hand = open_console(folder=server.data)
        hand.reads("starting.text", f"port {port} on 0.0.0.0 cannot be used")
        assert "--" not in hand.text("starting.text"), "nobody types options here"
        hand.click("starting.back")
        assert hand.text("first_run.set_up") == "Start the server on this computer", "it is set up already"
        hand.click("first_run.set_up")
        hand.reads("starting.text", "cannot be used")
        go_alone(hand, server.data)


def test_what_was_mended_is_tried_again(server: LivingServer, open_console: Open) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 - as the server would
        assert server.run("tls", "init", "--name", NAME, "--port", str(taken.getsockname()[1])).returncode == 0
        hand = open_console(folder=server.data)
        hand.reads("starting.text", "cannot be used")
        before = hand.console.arrival.host
    hand.click("starting.again")
    hand.see("sign_in.username")
    assert hand.console.arrival.host is not before, "it was not only waited for"


@pytest.mark.parametrize("gone", ["certificate", "key"])
def test_a_certificate_file_that_is_gone_is_named(
    server: LivingServer, open_console: Open, tmp_path: Path, gone: str
) -> None:
    own = own_for(tmp_path / "others", Names.of([NAME]), datetime.now(UTC))
    files = {"certificate": own.certificate, "key": own.key}
    words = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    done = server.run("tls", "use", *words, "--public-url", f"https://{NAME}:8443")
    assert done.returncode == 0, done.stderr
    files[gone].unlink()
    hand = open_console(folder=server.data)
    hand.reads("starting.text", f"{files[gone]} is missing; put it back, or choose another one")
    go_alone(hand, server.data)


def test_where_being_alone_changes_nothing_it_is_not_offered(
    open_console: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE", "nonsense://nowhere")
    hand = open_console(folder=tmp_path / "data")
    hand.click("first_run.set_up")
    hand.see("starting.again")
    assert not hand.seen("starting.alone")
    hand.click("starting.back")
    assert hand.text("first_run.set_up") == "Set up on this computer"
