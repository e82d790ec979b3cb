"""Connecting to a server elsewhere: whose certificate is trusted, and what is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.core.authority import Authorities, NoAuthority, fingerprint_of, in_lines, presented
from desktop.core.client import Client
from desktop.core.transport import Offline
from tests.desktop.hand import Hand
from tests.living import LivingServer

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


def with_own_authority(server: LivingServer, port: int = 0) -> tuple[str, str]:
    """Give a stopped server an authority of its own; return its address here, and the authority."""
    more = ("--port", str(port)) if port else ()
    done = server.run("tls", "init", "--name", "nw-server.test", "--json", *more)
    assert done.returncode == 0, done.stderr
    server._port = int(json.loads(done.stdout)["origin"].rsplit(":", 1)[1])
    server.start()
    found = next((server.data / "tls").rglob("authority.pem"))
    return f"https://localhost:{server.url.rsplit(':', 1)[1]}", found.read_text("ascii")


@pytest.fixture
def named(start_server: Start) -> LivingServer:
    """A server that is set up, and stopped."""
    server = start_server()
    server.set_up()
    server.stop()
    return server


def test_an_authority_is_trusted_once_its_fingerprint_was_compared(named: LivingServer, open_console: Open) -> None:
    url, authority = with_own_authority(named)
    hand = open_console()
    hand.click("first_run.connect")
    hand.type("connect.address", url)
    hand.click("connect.submit")
    hand.reads("connect.authority.fingerprint", in_lines(fingerprint_of(authority)))
    assert "Compare" in hand.text("connect.authority.text")
    hand.click("connect.submit")
    hand.sign_in()
    hand.see("page.overview")
    hand.reads("sidebar.server", "connected")


def test_an_authority_that_has_changed_is_refused_until_the_old_one_is_forgotten(
    named: LivingServer, open_console: Open
) -> None:
    url, first = with_own_authority(named)
    hand = open_console()
    hand.click("first_run.connect")
    hand.type("connect.address", url)
    hand.click("connect.submit")
    hand.see("connect.authority")
    hand.click("connect.submit")
    hand.see("sign_in.username")
    named.stop()
    shutil.rmtree(named.data / "tls")
    again, second = with_own_authority(named, int(url.rsplit(":", 1)[1]))
    assert again == url
    hand.type("sign_in.username", "amelia.hart")
    hand.type("sign_in.password", "not for somebody in between")
    hand.click("sign_in.submit")
    hand.wait(lambda: any("not from the authority" in words for words in hand.words()), "a refusal")
    hand.click("sign_in.elsewhere")
    hand.click("first_run.connect")
    hand.type("connect.address", url)
    hand.click("connect.submit")
    hand.reads("connect.authority.pinned", in_lines(fingerprint_of(first)))
    hand.reads("connect.authority.fingerprint", in_lines(fingerprint_of(second)))
    assert "Do not sign in" in hand.text("connect.authority.text")
    hand.click("connect.submit")
    hand.wait(lambda: hand.see("connect.submit").isEnabled(), "the answer")
    assert hand.seen("connect.authority.pinned")
    hand.click("connect.forget")
    hand.gone("connect.authority.pinned")
    hand.reads("connect.authority.fingerprint", in_lines(fingerprint_of(second)))
    hand.click("connect.submit")
    hand.sign_in()
    hand.see("page.overview")


def test_a_pinned_authority_counts_for_its_server_alone(named: LivingServer, tmp_path: Path) -> None:
    url, authority = with_own_authority(named)
    known = Authorities(tmp_path / "authorities.json")
    known.pin(f"{url}/", authority)
    assert known.of(url.upper().replace("HTTPS", "https")) == authority
    assert not known.of(url.replace("localhost", "127.0.0.1"))
    assert (tmp_path / "authorities.json").stat().st_mode & 0o777 == 0o600
    assert Client(url, known.of(url)).health().setup_done
    other = (Path(__file__).parent / "authority.pem").read_text("ascii")
    for pinned, reason in (("", "certificate"), (other, "changed")):
        with pytest.raises(Offline) as refused:
            Client(url, pinned).health()
        assert refused.value.reason == reason
    assert presented(url) == authority
    known.forget(url)
    assert not known.of(url)


def test_a_server_without_an_authority_says_so(server: LivingServer) -> None:
    with pytest.raises(NoAuthority):
        presented(server.url)
    with pytest.raises(Offline):
        presented("https://127.0.0.1:9")
