"""From nothing to a signed-in console."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.core.client import Client
from tests.desktop.hand import Hand
from tests.living import PASSWORD

Open = Callable[..., Hand]
FORM = {
    "organisation": "Northwind Managed Services",
    "name": "Amelia Hart",
    "username": "amelia.hart",
    "email": "amelia@northwind.example",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


def set_up(hand: Hand, **changed: str) -> None:
    for field, text in (FORM | changed).items():
        hand.type(f"set_up.{field}", text)
    hand.click("set_up.submit")


def test_setting_up_on_this_computer_ends_signed_in(open_console: Open, tmp_path: Path) -> None:
    hand = open_console(folder=tmp_path / "data")
    hand.click("first_run.set_up")
    hand.see("set_up.organisation")
    set_up(hand)
    hand.see("page.overview")
    hand.reads("account.name", "Amelia Hart")
    hand.reads("sidebar.organisation", "Northwind")
    hand.reads("sidebar.server", "connected")
    assert not hand.seen("banner.unprotected"), "the overview says it itself"
    hand.click("nav.users")
    hand.see("banner.unprotected")


def test_what_is_wrong_is_said_beside_its_field(open_console: Open, tmp_path: Path) -> None:
    hand = open_console(folder=tmp_path / "data")
    hand.click("first_run.set_up")
    hand.click("set_up.submit")
    assert hand.fault("set_up.organisation")
    assert "15" in hand.fault("set_up.password")
    set_up(hand, email="nobody", password_again="something else entirely")
    assert "name@example.com" in hand.fault("set_up.email")
    assert "differ" in hand.fault("set_up.password_again")
    set_up(hand, password="password12345678", password_again="password12345678")
    hand.wait(lambda: "15" not in hand.fault("set_up.password"), "the server's opinion of the password")
    assert hand.seen("set_up.password")


def test_a_folder_that_was_used_starts_at_the_sign_in(open_console: Open, tmp_path: Path) -> None:
    first = open_console(folder=tmp_path / "data")
    first.click("first_run.set_up")
    first.see("set_up.organisation")
    set_up(first)
    first.see("page.overview")
    first.close()
    second = open_console(folder=tmp_path / "data", vault=first.vault)
    second.sign_in()
    second.see("page.overview")


def test_two_consoles_at_once_on_one_folder_share_one_server(open_console: Open, tmp_path: Path) -> None:
    one, two = open_console(folder=tmp_path / "data"), open_console(folder=tmp_path / "data")
    one.click("first_run.set_up")
    two.click("first_run.set_up")
    one.wait(lambda: one.seen("set_up.organisation") or two.seen("set_up.organisation"), "one set-up form")
    winner, other = (one, two) if one.seen("set_up.organisation") else (two, one)
    other.reads("starting.title", "not set up yet")
    set_up(winner)
    winner.see("page.overview")
    other.sign_in()
    other.see("page.overview")
    servers = [hand.console.arrival.host for hand in (one, two)]
    served = [host.serving for host in servers if host is not None and host.serving is not None]
    assert sorted(serving.ours for serving in served) == [False, True]
    assert {serving.url for serving in served} == {json.loads((tmp_path / "data/server.json").read_text())["url"]}


def test_a_console_takes_over_when_the_one_that_ran_the_server_is_closed(open_console: Open, tmp_path: Path) -> None:
    one = open_console(folder=tmp_path / "data")
    one.click("first_run.set_up")
    one.see("set_up.organisation")
    set_up(one)
    one.see("page.overview")
    two = open_console(folder=tmp_path / "data")
    two.sign_in()
    two.see("page.overview")
    one.close()
    two.reads("sidebar.server", "away")
    two.reads("sidebar.server", "connected")
    two.gone("banner.server")
    host = two.console.arrival.host
    assert host is not None
    two.wait(lambda: host.serving is not None and host.serving.ours, "its own server")


def test_why_the_server_does_not_start_is_said_in_its_own_words(
    open_console: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE", "nonsense://nowhere")
    hand = open_console(folder=tmp_path / "data")
    hand.click("first_run.set_up")
    hand.reads("starting.text", "postgresql://USER:PASSWORD@HOST/NAME")
    hand.reads("starting.title", "does not start")
    hand.click("starting.back")
    (tmp_path / "data" / "server.log").unlink()
    (tmp_path / "data" / "server.log").mkdir()  # what a folder that cannot be written to says, also to root
    hand.click("first_run.set_up")
    hand.reads("starting.text", "server.log: Is a directory")


def test_the_server_ends_with_its_console(open_console: Open, tmp_path: Path) -> None:
    hand = open_console(folder=tmp_path / "data")
    hand.click("first_run.set_up")
    hand.see("set_up.organisation")
    url = json.loads((tmp_path / "data/server.json").read_text())["url"]
    assert not Client(url).health().setup_done
    hand.close()
    hand.wait(lambda: not _answers(url), "the end of the server")


def _answers(url: str) -> bool:
    from desktop.core.transport import Offline

    client = Client(url)
    try:
        client.health()
    except Offline:
        return False
    finally:
        client.close()
    return True
