"""Letting phones connect, from the console's side: the real server is started anew, and a phone comes or does not."""

import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from desktop.core.authority import fingerprint_of, in_lines
from desktop.core.client import Client
from desktop.dialogs.reach import ReachDialog, read_reach
from desktop.widgets.checks import Checks
from tests.desktop.hand import Hand
from tests.desktop.letting import NAME, PHONE, authority_of, call, closed, folder_of, let_connect, port_of, served
from tests.desktop.test_first_run import set_up
from tests.living import LivingServer

Open = Callable[..., Hand]


def test_whoever_insists_by_the_keyboard_goes_on(hand: Hand) -> None:
    hand.click("settings.phones.open")
    hand.see("reach.name.other").click()
    hand.type("reach.other_name", NAME)
    hand.see("reach.go").setFocus()
    hand.press(Qt.Key.Key_Space, "reach.go")
    hand.reads("reach.address_warning.text", "Continue once more")
    focus = hand.see("reach").focusWidget()
    assert focus is hand.see("reach.go")
    QTest.keyClick(focus, Qt.Key.Key_Space)
    hand.see("reach.install.qr")


def test_a_phone_gets_through_after_everything_on_the_way_has_failed(hand: Hand) -> None:
    folder = let_connect(hand)
    page = urlsplit(hand.qr("reach.install.qr"))
    told = requests.get(f"http://{page.hostname}:{page.port}/", timeout=10).text
    authority = authority_of(folder)
    shown = hand.text("reach.install.fingerprint")
    assert shown == in_lines(fingerprint_of(authority))
    assert fingerprint_of(authority)[:23] in told
    hand.click("reach.next")
    hand.reads("reach.phone.title", "Waiting")
    port = port_of(hand)
    with pytest.raises(ssl.SSLCertVerificationError):
        call(port, (Path(__file__).parent / "authority.pem").read_text("ascii"), NAME)
    hand.reads("reach.help.text", "Certificate Trust Settings")
    hand.click("reach.again")
    hand.reads("reach.phone.title", "Waiting")
    with pytest.raises(ssl.SSLError):
        call(port, authority, "nw-server")
    hand.reads("reach.help.text", "nw-server, which is not in the certificate")
    assert call(port, authority, NAME).startswith(b"HTTP/1.1 200")
    hand.reads("reach.phone.title", f"Reached from {PHONE}")
    checks = hand.see("reach.checks")
    assert isinstance(checks, Checks)
    assert "failed" not in checks.text().replace("name failed", "")  # nobody here knows the name
    hand.click("reach.close")
    hand.gone("reach")
    hand.wait(lambda: closed(page.hostname, page.port), "the end of the install page")
    assert hand.console.arrival.desk is not None
    assert hand.console.arrival.desk.session.account is not None
    hand.reads("settings.phones.state", "Phones can connect")
    hand.click("settings.phones.open")
    hand.reads("reach.health.origin", f"https://{NAME}:{port}")
    hand.click("reach.test")
    hand.wait(lambda: hand.qr("reach.install.qr") != page.geturl(), "another page")  # whoever came before is forgotten
    assert call(port, authority, NAME).startswith(b"HTTP/1.1 200")
    hand.click("reach.enrol")
    assert hand.qr("enrolment.app_qr") == f"https://{NAME}:{port}/phone/"
    assert not hand.seen("enrolment.own_authority"), "it has the certificate"


def test_a_script_elsewhere_is_told_the_public_address_and_whom_to_trust(hand: Hand) -> None:
    let_connect(hand)
    hand.see("reach.install.qr")
    hand.click("reach.close")
    hand.gone("reach")
    desk = hand.console.arrival.desk
    assert desk is not None
    hand.wait(lambda: desk.public_url == f"https://{NAME}:{port_of(hand)}", "the new address to be known")
    hand.click("settings.tab.api_keys")
    hand.click("api_keys.example")
    assert "--cacert countersign-ca.pem" in hand.text("api_example.read")
    assert f" https://{NAME}:{port_of(hand)}/api/v1/users" in hand.text("api_example.read")
    hand.see("api_example.save")


def test_nothing_arrives_and_the_rule_for_the_firewall_is_there_to_copy(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.core.reach.PATIENCE", 0.0)
    let_connect(hand)
    hand.see("reach.install.qr")
    hand.click("reach.next")
    hand.reads("reach.firewall.title", "Nothing arrives on port")
    port = hand.text("reach.firewall.title").rsplit(" ", 1)[1]
    for system, part in (("windows", f"-LocalPort {port},"), ("macos", "--unblockapp"), ("ufw", f"any port {port},")):
        hand.click(f"reach.firewall.{system}")
        hand.reads("reach.firewall.rule", part)
        hand.click("reach.firewall.copy")
        assert QGuiApplication.clipboard().text() == hand.text("reach.firewall.rule")


def test_behind_a_proxy_there_is_no_page_to_keep_open_any_more(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.dialogs.reach.RENEW_EVERY_MS", 100)
    let_connect(hand)
    page = hand.qr("reach.install.qr")
    hand.click("reach.next")
    hand.click("reach.change")
    hand.see("reach.way.proxy").click()
    hand.type("reach.proxy_url", f"https://{NAME}")
    hand.click("reach.go")
    hand.wait(lambda: hand.qr("reach.install.qr") != page, "the code of the app")
    dialog = next(each for each in hand.window.findChildren(ReachDialog) if each.isVisible())
    hand.wait(lambda: not dialog._renewing.isActive(), "the end of what kept the page open")
    assert hand.qr("reach.install.qr") == f"https://{NAME}/phone/"
    assert not hand.seen("reach.install.banner")


def test_set_up_offers_to_let_phones_connect(open_console: Open, tmp_path: Path) -> None:
    hand = open_console(folder=tmp_path / "data")
    hand.click("first_run.set_up")
    hand.see("set_up.organisation")
    set_up(hand)
    hand.click("overview.step.reach.go")
    hand.see("reach.name.0")
    hand.click("reach.close")
    hand.click("nav.settings")
    hand.click("settings.tab.general")
    hand.click("settings.two_factor")
    hand.reads("enrolment.alone.text", "no new phone can open the app yet")
    hand.click("enrolment.reach")
    hand.gone("enrolment")
    hand.see("reach.name.0")


def test_a_server_elsewhere_says_who_can_do_it(server: LivingServer, open_console: Open) -> None:
    server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("nav.settings")
    hand.click("settings.tab.server")
    hand.reads("settings.phones.text", "countersign-server tls init")
    assert not hand.seen("settings.phones.open")  # nothing to install, and no phone gets there


def test_a_phone_is_let_in_to_a_server_elsewhere(hand: Hand, open_console: Open) -> None:
    let_connect(hand)
    hand.see("reach.install.qr")
    hand.click("reach.close")
    other = open_console(url=served(hand))
    other.sign_in()
    other.click("nav.settings")
    other.click("settings.two_factor")
    other.reads("enrolment.own_authority.text", "install this server’s certificate once")
    other.click("enrolment.let_in")
    assert not other.seen("reach.change")
    other.click("reach.test")
    page = other.qr("reach.install.qr")
    assert "Open Countersign" in requests.get(page, timeout=10).text
    other.click("reach.next")
    other.reads("reach.phone.title", "Waiting")
    assert call(port_of(other), authority_of(folder_of(hand)), NAME).startswith(b"HTTP/1.1 200")
    other.reads("reach.phone.title", f"Reached from {PHONE}")


def test_who_must_enrol_first_is_shown_how_phones_get_in_all_the_same(server: LivingServer) -> None:
    server.protected()
    assert server.run("admin", "reset-two-factor", "amelia.hart").returncode == 0
    script = server.console()
    script.sign_in()
    client = Client(server.url)
    client.token = script.token
    found, origins = read_reach(client)
    assert found.how == "this_computer"
    assert not origins
