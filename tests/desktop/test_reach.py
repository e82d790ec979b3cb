"""Letting phones connect, from the console's side: the real server is started anew, and a phone comes or does not."""

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.core.authority import fingerprint_of, in_lines
from desktop.core.client import Client
from desktop.core.naming import fault_of_url
from desktop.core.reach import Outcome, checks_of, judge, name_help
from desktop.demo.phone import SoftwarePhone
from desktop.dialogs.reach import ReachDialog, read_reach
from desktop.dialogs.reach_address import AddressStep
from desktop.dialogs.reach_health import HealthStep, health_of
from desktop.dialogs.reach_interface import Interface
from desktop.dialogs.reach_steps import STEPS_OWN, PhoneStep
from desktop.dialogs.retire_origin import RetireOrigin
from desktop.pages.settings.phones import PhonesCard
from desktop.reaching import Plan, carry_out, fault_of_port
from desktop.widgets.beat import Beat
from desktop.widgets.checks import Checks
from desktop.widgets.facts import Facts
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.problem import Problem
from server.contract.reach import Address, Certificate, Install, Reached, Refused
from server.holdings import own_for
from server.tls import Names
from tests.desktop.answers import origin, reach
from tests.desktop.hand import Hand
from tests.desktop.scenes import SCENES, SMALLEST, Stage
from tests.desktop.scenes_of_phones import opened, reaching
from tests.desktop.test_first_run import set_up
from tests.living import LivingServer
from tests.proving import refused
from tests.server.reaching import COLLEAGUES_PASSWORD, has_ipv6, invited, led, phone_of
from tests.server.test_origins import moved, renewed

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]
NAME = "nw-server.test"
PHONE = "192.168.1.23"


@pytest.fixture
def hand(start_server: Start, open_console: Open, monkeypatch: pytest.MonkeyPatch) -> Hand:
    """A console that runs its own server, signed in, at Settings > Server."""
    monkeypatch.setenv("COUNTERSIGN_TRUSTED_PROXIES", "127.0.0.1/32")
    monkeypatch.setenv("COUNTERSIGN_INSTALL_PORT", "0")
    server = start_server()
    server.set_up()
    server.stop()
    hand = open_console(folder=server.data)
    hand.sign_in()
    hand.click("nav.settings")
    hand.click("settings.tab.server")
    return hand


@pytest.fixture
def themed(tmp_path: Path, qtbot: QtBot) -> None:  # noqa: ARG001 - it has the application
    """What single pages are drawn by."""
    Stage(tmp_path).close()


def let_connect(hand: Hand, port: str = "") -> Path:
    """Choose a name, and come as far as the install page; return the data folder."""
    hand.click("settings.phones.open")
    hand.see("reach.name.other").click()
    hand.type("reach.other_name", NAME)
    if port:
        hand.type("reach.port", port)
    insist(hand)
    host = hand.console.arrival.host
    assert host is not None
    return host.folder


def insist(hand: Hand) -> None:
    """Take a name that leads nowhere, after the warning."""
    hand.click("reach.go")
    hand.reads("reach.address_warning.text", "leads nowhere")
    hand.click("reach.go")


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


def _looked_up(monkeypatch: pytest.MonkeyPatch, *led: str) -> None:
    monkeypatch.setattr("desktop.dialogs.reach.looked_up", lambda _: led)


def typed_name(stage: Stage, name: str) -> AddressStep:
    """Type another name, and continue."""
    step = stage.find("reach", ReachDialog)._address
    step._own._group.buttons()[-1].click()
    step._own.other.edit.setText(name)
    step._own.other.edit.textEdited.emit(name)
    stage.find("reach.go", QPushButton).click()
    stage.settle()
    return step


@pytest.mark.parametrize("scale", [1.5, 2.0])
@pytest.mark.parametrize(
    ("way", "typed", "shown"),
    [
        ("own", {"reach.other_name": "no_name"}, "reach.other_name.fault"),
        ("own", {"reach.other_name": "nobody.test"}, "reach.address_warning"),
        ("own", {"reach.other_name": "nobody.test", "reach.port": "x"}, "reach.port.fault"),
        ("files", {}, "reach.certificate.fault"),
        ("files", {"reach.certificate": __file__, "reach.key": __file__}, "reach.files_url.fault"),
        ("proxy", {}, "reach.proxy_url.fault"),
        ("proxy", {"reach.proxy_url": "nobody"}, "reach.proxy_url.fault"),
        ("proxy", {"reach.proxy_url": "https://console.test", "reach.proxy_port": "x"}, "reach.proxy_port.fault"),
    ],
)
def test_what_keeps_it_from_going_on_is_seen_whole_in_large_text(
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    scale: float,
    way: str,
    typed: dict[str, str],
    shown: str,
) -> None:
    _looked_up(monkeypatch)
    stage = Stage(tmp_path, scale=scale, height=SMALLEST)
    qtbot.waitExposed(stage.window)
    dialog = reaching(stage)
    stage.find(f"reach.way.{way}", QRadioButton).click()
    if way == "own":
        dialog._address._own._group.buttons()[-1].click()
    stage.settle()
    for name, text in typed.items():
        stage.find(name, QLineEdit).setText(text)
    dialog._scroll.verticalScrollBar().setValue(0)
    stage.find("reach.go", QPushButton).click()
    stage.settle()
    part: QWidget = stage.find(shown)
    qtbot.waitUntil(lambda: part.visibleRegion().boundingRect() == part.rect(), timeout=5000)
    if shown.endswith(".fault"):
        assert stage.window.focusWidget() is None or dialog.focusWidget().objectName() == shown.removesuffix(".fault")
    stage.close()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("https://a_b.example", "a_b.example has an underscore: browsers’ passkeys"),
        ("https://a$b.example", "because of “$”"),
        ("https://a.example:65536", "65536 is no port: the highest is 65535"),
        ("https://a.example:port", "https address without a path"),
        ("https://-a.example", "-a.example is no name"),
        ("https://a.example:65535", ""),
    ],
)
def test_what_is_wrong_with_an_address_is_said(typed: str, said: str) -> None:
    assert said in fault_of_url(typed)
    assert bool(said) == bool(fault_of_url(typed))


def test_a_typed_name_is_judged_as_a_listed_one(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Plan] = []
    monkeypatch.setattr(ReachDialog, "_apply", lambda _, plan: plans.append(plan))
    reaching(stage)

    def says() -> str:
        return stage.find("reach.address_warning.text", Text).text()

    for name, to, said in (
        ("mine.test", "127.0.1.1", "which is each device itself"),
        ("theirs.test", "203.0.113.9", "theirs.test leads to 203.0.113.9, which is not this computer"),
    ):
        _looked_up(monkeypatch, to)
        typed_name(stage, name)
        assert not plans
        assert said in says()
        assert says().endswith("Continue once more to take it all the same.")
        stage.find("reach.go", QPushButton).click()
        stage.settle()
        assert plans.pop().host == name, "whoever goes on knows it"
    _looked_up(monkeypatch, "2001:db8::7", "192.168.1.20")
    typed_name(stage, "here.test")
    assert plans.pop().host == "here.test", "it leads here, by one of its addresses"


def test_a_typed_name_that_is_listed_is_that_one(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Plan] = []
    monkeypatch.setattr(ReachDialog, "_apply", lambda _, plan: plans.append(plan))
    _looked_up(monkeypatch, "127.0.1.1")
    reaching(stage)
    typed_name(stage, "NW-Server.local.")
    assert stage.find("reach.name.0", QRadioButton).isChecked()
    assert plans.pop().host == "nw-server.local"
    typed_name(stage, "192.168.1.20")
    assert stage.find("reach.name.2", QRadioButton).isChecked()
    assert plans.pop().words[:3] == ("init", "--ip", "192.168.1.20")
    typed_name(stage, "nw-server")
    assert stage.find("reach.name.1", QRadioButton).isChecked()
    assert not plans, "its doubt has to be seen first"
    assert "does not lead to this computer" in stage.find("reach.address_warning.text", Text).text()
    stage.find("reach.go", QPushButton).click()
    assert plans.pop().host == "nw-server"


def authority_of(folder: Path) -> str:
    found = list((folder / "tls").rglob("authority.pem"))
    assert len(found) == 1
    return found[0].read_text("ascii")


def call(port: int, authority: str, name: str, host: str = "127.0.0.1") -> bytes:
    """Come as a phone does that trusts this authority, through a proxy that says for whom."""
    context = ssl.create_default_context(cadata=authority)
    with (
        socket.create_connection((host, port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        head = f"GET /phone/ HTTP/1.1\r\nHost: {name}:{port}\r\nX-Forwarded-For: {PHONE}\r\nConnection: close\r\n\r\n"
        secure.sendall(head.encode())
        return secure.recv(64)


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
    port = _port_of(hand)
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
    hand.wait(lambda: _closed(page.hostname, page.port), "the end of the install page")
    assert hand.console.arrival.desk is not None
    assert hand.console.arrival.desk.session.account is not None
    hand.reads("settings.phones.state", "Phones can connect")
    hand.click("settings.phones.open")
    hand.reads("reach.health.origin", f"https://{NAME}:{port}")
    hand.click("reach.test")
    hand.see("reach.install.qr")


def _port_of(hand: Hand) -> int:
    desk = hand.console.arrival.desk
    assert desk is not None
    return desk.client.reach().port


def _closed(host: str | None, port: int | None) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host or "", port or 0)) != 0


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


def test_what_cannot_be_said_back_and_a_port_that_is_taken_leaves_a_way_back(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.click("settings.phones.open")
    hand.see("reach.name.other").click()
    hand.click("reach.go")
    assert hand.fault("reach.other_name")
    hand.type("reach.other_name", "no name!")
    hand.click("reach.go")
    assert "name alone" in hand.fault("reach.other_name")
    for typed, said in (
        ("localhost", "to itself"),
        ("127.0.0.1", "to itself"),
        ("no_name", "has an underscore"),
        ("no#name", "because of “#”"),
        ("", ""),
    ):
        hand.type("reach.other_name", typed)
        hand.click("reach.go")
        assert said in hand.fault("reach.other_name")
    hand.type("reach.other_name", "192.168.1.20")
    hand.reads("reach.address_warning.text", "PIN")
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 - as the server would
        hand.type("reach.other_name", NAME)
        hand.type("reach.port", str(taken.getsockname()[1]))
        hand.click("reach.go")
        assert "Another program" in hand.fault("reach.port")
        monkeypatch.setattr("desktop.dialogs.reach_address.fault_of_port", lambda *_: "")  # as if it came later
        insist(hand)
        hand.reads("reach.certificate.failed.text", "cannot be used")
        assert "--" not in hand.text("reach.certificate.failed.text")
        hand.click("reach.undo")
        hand.see("reach.name.0")
        assert served(hand).startswith("http://localhost")
        hand.see("reach.name.other").click()
        hand.click("reach.go")
        hand.reads("reach.certificate.failed.text", "cannot be used")
        hand.click("reach.close")
        hand.gone("reach")
        assert served(hand).startswith("http://localhost")
    hand.reads("toast.text", "put back")


@pytest.mark.usefixtures("themed")
@pytest.mark.skipif(not has_ipv6(), reason="this computer has no IPv6")
def test_a_port_is_tried_as_the_server_would_listen() -> None:
    step = AddressStep(roomy=True)
    found = [
        Address(name="six.test", kind="name", resolves=True, to=["2001:db8::7"]),
        Address(ip="192.168.1.20", kind="ip", resolves=True, to=["192.168.1.20"]),
    ]
    step.show_reach(reach(how="this_computer", origin="http://localhost:1", addresses=found), [])
    port = step.findChild(QLineEdit, "reach.port")
    assert port is not None
    with socket.socket(socket.AF_INET6) as taken:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(("::", 0))
        taken.listen()
        port.setText(str(taken.getsockname()[1]))
        assert step.plan() is None, "who listens there by IPv6 would be found by phones"
        assert fault_of_port(taken.getsockname()[1], "::1")
        ipv4 = step.findChild(QRadioButton, "reach.name.1")
        assert ipv4 is not None
        ipv4.click()
        assert step.plan() is not None, "no phone comes by IPv6 here"
    assert not fault_of_port(int(port.text()), "::1")
    assert not fault_of_port(int(port.text()), "2001:db8::7"), "that is no fault of the port"


def served(hand: Hand) -> str:
    host = hand.console.arrival.host
    assert host is not None
    hand.wait(lambda: host.serving is not None, "the server")
    assert host.serving is not None
    return host.serving.url


def test_a_server_that_does_not_start_can_be_put_back_by_a_dialog_that_cannot_read_from_it(hand: Hand) -> None:
    host = hand.console.arrival.host
    assert host is not None
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 - as the server would
        carry_out(Plan(("init", "--name", NAME, "--port", str(taken.getsockname()[1])), NAME), host.folder)
        with host.aside():
            pass
        hand.wait(lambda: host.serving is None, "the end of the server")
        hand.click("settings.phones.open")
        hand.reads("reach.state", "does not answer")
        hand.click("reach.undo")
        hand.see("reach.name.0")
    assert served(hand).startswith("http://localhost")


def test_certificate_files_and_proxies_are_refused_beside_what_is_wrong(hand: Hand, tmp_path: Path) -> None:
    hand.click("settings.phones.open")
    hand.see("reach.way.files").click()
    hand.click("reach.go")
    assert hand.fault("reach.certificate") == hand.fault("reach.key") == hand.fault("reach.files_url")
    hand.type("reach.certificate", str(tmp_path / "none.pem"))
    hand.click("reach.go")
    assert "no such file" in hand.fault("reach.certificate")
    assert hand.fault("reach.files_url")
    hand.see("reach.way.proxy").click()
    hand.type("reach.proxy_url", "http://countersign.example.com")
    hand.click("reach.go")
    assert "https" in hand.fault("reach.proxy_url")
    hand.type("reach.proxy_url", "https://nobody-knows-this-name")
    hand.click("reach.go")
    hand.wait(lambda: "leads nowhere" in hand.fault("reach.proxy_url"), "the look-up")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        hand.type("reach.proxy_url", "https://countersign.example.com")
        hand.type("reach.proxy_port", str(port))
        hand.click("reach.go")
        assert "Another program" in hand.fault("reach.proxy_port")
    hand.click("reach.go")
    assert hand.qr("reach.install.qr") == "https://countersign.example.com/phone/"
    assert not hand.seen("reach.install.fingerprint")
    hand.reads("reach.install.upstream", f"http://127.0.0.1:{port}")


def test_whoever_would_cut_himself_off_is_refused_and_told_the_way_out(
    start_server: Start, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_INSTALL_PORT", "0")
    server = start_server()
    _, phone = server.protected()
    server.stop()
    hand = open_console(folder=server.data)
    hand.sign_in()
    code = hand.text("waiting.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.click("nav.settings")
    hand.click("settings.tab.server")
    hand.click("settings.phones.open")
    hand.reads("reach.kept.text", "Pixel 9 (amelia.hart)")
    hand.see("reach.name.other").click()
    hand.type("reach.other_name", NAME)
    insist(hand)
    hand.see("reach.install.qr")
    hand.click("reach.close")
    hand.click("settings.phones.open")
    hand.click("reach.retire.0")
    hand.reads("retire.banner.text", "Your own phone")
    assert hand.see("retire.cancel").isDefault()


def test_an_old_address_is_retired_from_the_window_to_its_end(server: LivingServer, open_console: Open) -> None:
    with led():
        script, phone = server.protected()
        colleague, grant = invited(script, phone, "jonas")
        theirs = SoftwarePhone(None, "iPhone 16")
        on = colleague.enrol(theirs, "jonas", COLLEAGUES_PASSWORD, grant)
        assert theirs.approve(on["id"], on["code"]) == "executed"
        old = server.url
        there, authority = moved(server, script, NAME)
        phone = renewed(there, phone, authority)
        hand = open_console(folder=server.data)
        hand.sign_in()
        code = hand.text("waiting.code")
        assert phone.approve(phone.pending()[0].id, code) == "executed"
        hand.click("nav.settings")
        hand.click("settings.tab.server")
        hand.click("settings.phones.open")
        hand.click("reach.retire.0")
        hand.reads("retire.devices", "iPhone 16 (jonas)")
        hand.reads("retire.consequence", "jonas")
        hand.click("retire.submit")
        code = hand.text("confirmation.code")
        [waiting] = phone.pending()
        assert old in waiting.details["summary"]
        assert phone.approve(waiting.id, code) == "executed"
        assert hand.text("told.0")
        assert [each["origin"] for each in there.call("GET", "/origins")["items"]] == [there.url]
        assert refused(401, theirs.state).status == 401


def test_a_key_of_another_certificate_is_refused_beside_its_field(hand: Hand, tmp_path: Path) -> None:
    one, two = (own_for(tmp_path / name, Names.of([NAME]), "", datetime.now(UTC)) for name in ("one", "two"))
    hand.click("settings.phones.open")
    hand.see("reach.way.files").click()
    hand.type("reach.certificate", str(one.certificate))
    hand.type("reach.key", str(two.key))
    hand.type("reach.files_url", f"https://{NAME}:8443")
    hand.click("reach.go")
    hand.reads("reach.kept.text", "is of another certificate")
    assert "is of another certificate" in hand.fault("reach.key")
    certificate = hand.see("reach.certificate.fault") if hand.seen("reach.certificate.fault") else None
    assert certificate is None or not certificate.text()


def test_nothing_is_said_to_be_cut_off_by_what_is_refused(stage: Stage) -> None:
    dialog = RetireOrigin(stage.shell("settings"), stage.desk, origin(phones=2))
    dialog.open()
    stage.settle()
    assert stage.find("retire.devices").isVisible()
    dialog.preview.refused.emit(Problem(409, "own_origin", "Your own phone has this address"))
    seen = [each.objectName() for each in dialog.findChildren(QWidget) if each.isVisible()]
    assert "retire.devices" not in seen
    assert "retire.after" not in seen
    assert "retire.banner" in seen


def test_one_network_alone_can_be_chosen(hand: Hand) -> None:
    hand.click("settings.phones.open")
    hand.see("reach.name.other").click()
    hand.type("reach.other_name", NAME)
    networks = hand.see("reach.interface")
    if networks.count() < 2:
        pytest.skip("this computer is in no network")
    alone = networks.itemData(1)
    choose(networks, 1)
    insist(hand)
    hand.see("reach.install.qr")
    port = _port_of(hand)
    host = hand.console.arrival.host
    assert host is not None
    authority = authority_of(host.folder)
    assert call(port, authority, NAME, alone).startswith(b"HTTP/1.1 200")
    assert _closed("127.0.0.1", port)
    hand.click("reach.close")
    hand.click("settings.phones.open")
    hand.click("reach.change")
    assert hand.see("reach.interface").currentData() == alone
    choose(hand.see("reach.interface"), 0)
    hand.click("reach.go")
    hand.see("reach.install.qr")
    assert not _closed("127.0.0.1", _port_of(hand))


def test_a_server_that_phones_reach_goes_back_to_this_computer_alone(hand: Hand) -> None:
    hand.click("settings.phones.open")
    assert not hand.seen("reach.way.off")
    hand.see("reach.name.other").click()
    hand.type("reach.other_name", NAME)
    insist(hand)
    hand.see("reach.install.qr")
    hand.click("reach.close")
    hand.click("settings.phones.open")
    hand.click("reach.change")
    hand.click("reach.way.off")
    hand.click("reach.go")
    hand.reads("toast.text", "this computer alone")
    assert served(hand).startswith("http://localhost")
    assert not hand.seen("reach.way.off")


def test_an_address_that_a_phone_keeps_stays_open_and_the_window_leads_to_its_end(
    start_server: Start, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_INSTALL_PORT", "0")
    with led():
        server = start_server()
        console = server.set_up()
        console, authority = moved(server, console, NAME)
        phone = phone_of(authority)
        on = console.enrol(phone)
        assert phone.approve(on["id"], on["code"]) == "executed"
        server.stop()
        hand = open_console(folder=server.data)
        hand.sign_in()
        code = hand.text("waiting.code")
        assert phone.approve(phone.pending()[0].id, code) == "executed"
        hand.click("nav.settings")
        hand.click("settings.tab.server")
        hand.click("settings.phones.open")
        hand.click("reach.change")
        hand.see("reach.way.off").click()
        hand.reads("reach.way.off_text", "once no phone keeps an address")
        hand.reads("reach.kept.text", "stays open on the network for it: Pixel 9 (amelia.hart)")
        hand.click("reach.go")
        hand.reads("reach.old.text", "Before a phone can move, let phones connect again")
        hand.reads("reach.health.how", f"{phone.origin} is still open on the network for Pixel 9 (amelia.hart)")
        assert "this computer alone now" not in hand.text("toast.text")
        hand.click("reach.close")
        hand.reads("settings.phones.state", "Old address open")
        hand.reads("settings.phones.text", "Pixel 9 (amelia.hart)")
        hand.click("settings.phones.open")
        hand.click("reach.retire.0")
        hand.reads("retire.banner.text", "turn two-factor authentication off there")


def test_a_window_that_is_closed_while_the_server_is_made_anew_hears_nothing_of_it(hand: Hand) -> None:
    hand.click("settings.phones.open")
    hand.see("reach.name.other").click()
    hand.type("reach.other_name", NAME)
    insist(hand)
    hand.see("reach.certificate.checks")
    hand.click("reach.close")
    hand.gone("reach")
    hand.reads("settings.phones.text", "its own authority")


def test_an_address_that_this_computer_does_not_have_is_doubted_and_not_well(hand: Hand) -> None:
    hand.click("settings.phones.open")
    hand.see("reach.name.other").click()
    hand.type("reach.other_name", "203.0.113.9")
    hand.click("reach.go")
    hand.reads("reach.address_warning.text", "does not have the address 203.0.113.9")
    hand.reads("reach.address_warning.text", "PIN")
    hand.click("reach.go")
    hand.see("reach.install.qr")
    hand.click("reach.close")
    hand.click("settings.phones.open")
    checks = hand.see("reach.health.checks")
    assert isinstance(checks, Checks)
    assert "address failed" in checks.text()
    hand.reads("reach.health.help.text", "203.0.113.9")
    hand.reads("reach.health.pins.text", "has no name")
    assert not hand.seen("reach.no_pins")


def test_that_a_pin_is_allowed_is_told_and_ended_where_no_phone_has_one(hand: Hand) -> None:
    host = hand.console.arrival.host
    assert host is not None
    carry_out(Plan(("init", "--ip", "203.0.113.9", "--pin-devices"), ""), host.folder)
    hand.click("settings.phones.open")
    hand.see("reach.name.other").click()
    hand.type("reach.other_name", NAME)
    insist(hand)
    hand.see("reach.install.qr")
    hand.click("reach.close")
    told = hand.see("settings.phones.facts")
    assert isinstance(told, Facts)
    hand.wait(lambda: "Allowed instead of a screen lock" in told.text(), "the fact")
    hand.click("settings.phones.open")
    hand.reads("reach.health.pins.text", "None does now")
    hand.click("reach.no_pins")
    hand.reads("toast.text", "No phone can confirm with a PIN")
    assert not hand.seen("reach.health.pins")
    assert "pin_devices" not in (host.folder / "server.toml").read_text("utf-8")


def test_a_change_begins_with_what_is_on(hand: Hand) -> None:
    hand.click("settings.phones.open")
    hand.see("reach.way.proxy").click()
    hand.type("reach.proxy_url", "https://countersign.example.com")
    hand.click("reach.go")
    hand.see("reach.install.qr")
    hand.click("reach.close")
    hand.click("settings.phones.open")
    hand.click("reach.change")
    assert hand.see("reach.way.proxy").isChecked()
    assert hand.see("reach.proxy_url").text() == "https://countersign.example.com"


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize(
    ("more", "says", "not_says"),
    [
        ({}, ["install page was not opened", "cannot find the name"], ["its name and Wi-Fi are fine"]),
        ({"authority": None, "how": "certificate", "install": None}, ["another network"], ["install page"]),
        ({"origin": "https://192.168.1.20:8443"}, ["install page was not opened"], ["the name"]),
    ],
)
def test_what_is_advised_where_nothing_arrives_is_true_of_this_way(
    more: dict[str, Any], says: list[str], not_says: list[str]
) -> None:
    step = PhoneStep(roomy=True)
    step.show_outcome(reach(on=True, reached=None, **more), Outcome.NOTHING, 31.0)
    text = step._advice._text.text()
    assert all(each in text for each in says)
    assert not any(each in text for each in not_says)


def test_of_a_proxy_it_is_the_proxys_name_that_has_to_be_known() -> None:
    proxied = reach(on=True, how="proxy", authority=None, install=None, origin="https://unknown.test", reached=None)
    checks = checks_of(proxied, Outcome.NOTHING, ())
    assert "give the proxy that name" in name_help(proxied, checks[0], here=True)
    assert "443" not in " ".join(each.text for each in checks if each.state == "failed")


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize(
    ("why", "name", "says"),
    [
        ("proxy_silent", "127.0.0.1", "proxy_set_header X-Forwarded-For"),
        ("proxy_host", "localhost", "proxy_set_header Host $http_host"),
        ("proxy_unlisted", "10.0.0.9", '"10.0.0.9" to trusted_proxies'),
    ],
)
def test_what_a_proxy_keeps_back_is_said_with_what_it_lacks(why: Any, name: str, says: str) -> None:
    known = [Address(name="nw-server.local", kind="name", resolves=True, to=["192.168.1.20"])]
    stopped = reach(on=True, how="proxy", authority=None, install=None, addresses=known, reached=None)
    stopped = stopped.model_copy(update={"refused": Refused(at=stopped.now, why=why, name=name)})
    outcome = judge(stopped, stopped.now, 1.0)
    assert outcome == why
    step = PhoneStep(roomy=True)
    for here in (True, False):
        step.show_outcome(stopped, outcome, 1.0, here=here)
        told = step._help.text.text()
        assert says in told
        assert name in told
        assert not step._advice.isVisibleTo(step), "no firewall is in the way of what arrives"
    assert checks_of(stopped, outcome)[-1].state == "failed"
    assert {each.name for each in checks_of(stopped, outcome) if each.state == "failed"} == {"proxy"}
    health = HealthStep(narrow=False)
    health.show_reach(stopped, [], ())  # nobody here finds the name, but a phone has
    assert says in health._help.text.text()
    later = Reached(ip=PHONE, at=stopped.now + timedelta(seconds=1), application="Chrome 156")
    health.show_reach(stopped.model_copy(update={"reached": later}), [], ())
    assert not health._help.text.text()


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("url", ["https://nw-server.local:8443", "https://[2001:db8::7]:8443"])
def test_a_server_that_does_not_listen_by_ipv6_is_not_in_order_where_phones_come_by_it(url: str) -> None:
    def told(*to: str, **more: Any) -> tuple[str, str]:
        found = [Address(name="nw-server.local", kind="name", resolves=True, to=list(to))]
        values: dict[str, Any] = {"origin": url, "addresses": found, "ipv6": False, "reached": None}
        seen = reach(on=True, **(values | more))
        health = HealthStep(narrow=False)
        health.show_reach(seen, [], None)
        return health_of(seen)[1].state, health._help.text.text()

    state, said = told("2001:db8::7")
    assert (state, "does not listen by IPv6" in said) == ("failed", True)
    for more in ({"ipv6": True}, {"how": "proxy"}, {"reached": reach(on=True).reached}):
        state, said = told("2001:db8::7", **more)
        assert (state, "IPv6" in said) == ("ok", False), more
    if "[" not in url:
        assert told("2001:db8::7", "192.168.1.20") == ("ok", ""), "they come by the other"
    silent = reach(on=True, origin=url, addresses=[], ipv6=False, reached=None)
    step = PhoneStep(roomy=True)
    step.led = ["2001:db8::7"]
    step.show_outcome(silent, Outcome.NOTHING, 40.0)
    assert "does not listen by IPv6" in step._help.text.text()
    assert not step._advice.isVisibleTo(step), "the firewall is not to blame"


@pytest.mark.parametrize("scene", ["reach_nothing_arrives", "reach_nothing_arrives_though_the_page_did"])
def test_what_seems_to_be_wrong_is_read_without_scrolling_in_large_text_too(
    tmp_path: Path, qtbot: QtBot, scene: str
) -> None:
    stage = Stage(tmp_path, scale=2.0, height=720)
    qtbot.waitExposed(stage.window)
    try:
        SCENES[scene](stage)
        stage.settle()
        text = stage.find("reach.firewall.text", Text)
        assert text.isVisible()
        assert text.visibleRegion().boundingRect() == text.rect()
    finally:
        stage.close()


@pytest.mark.usefixtures("themed")
def test_the_firewall_is_not_accused_while_the_certificate_is_being_installed() -> None:
    step = PhoneStep(roomy=True)
    for ago, outcome, title in (
        (5, Outcome.WAITING, "Your phone has the install page"),
        (119, Outcome.WAITING, "Your phone has the install page"),
        (120, Outcome.NOTHING, "Nothing has arrived"),
    ):
        page = opened(reach().now - timedelta(seconds=ago))
        told = reach(on=True, install=page, reached=None)
        assert judge(told, told.now - timedelta(seconds=600), 600.0) is outcome
        step.show_outcome(told, outcome, 600.0)
        assert step._title.text().startswith(title)
        assert step._advice.isVisibleTo(step) is (outcome is Outcome.NOTHING)
        refused = told.model_copy(update={"refused": Refused(at=told.now, why="untrusted", name=None)})
        assert judge(refused, told.now, 1.0) is Outcome.UNTRUSTED, "what has arrived is known at once"
    assert "If its certificate is installed" in step._advice._text.text()


def test_without_an_install_page_nothing_is_asked_for_that_needs_its_code(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken() -> Install:
        raise Problem(409, "install_port_taken", "Port 8480 is used by another program", "Stop it.")

    def states() -> list[str]:
        return [each._state for each in dialog._steps._circles]

    page = Install(url="http://nw-server.local:8480/", open_until=reach().now)
    monkeypatch.setattr(type(stage.desk.client), "open_install_page", lambda _: taken())
    dialog = reaching(stage)
    stage.world.reach = reach(on=True, reached=None, install=None)
    dialog._take((stage.world.reach, []))
    dialog._show_install()
    step = dialog._install
    needed = [step._qr, step._address, step._lead, step._well, *step._steps.values()]
    stage.settle()
    assert "Port 8480 is used by another program. Stop it." in step._banner.text.text()
    assert not [each for each in needed if each.isVisibleTo(step)]
    dialog._wait()
    assert states() == ["done", "done", "later", "now"]
    dialog._phone.show_outcome(stage.world.reach, Outcome.NOTHING, 60.0)
    assert "install page" not in dialog._phone._advice._text.text() + dialog._phone._text.text()
    monkeypatch.setattr(type(stage.desk.client), "open_install_page", lambda _: page)
    dialog._open_page()
    stage.settle()
    assert states() == ["done", "done", "done", "now"]
    assert step._qr.isVisibleTo(step)
    assert [name for name, each in step._steps.items() if each.isVisibleTo(step)] == list(STEPS_OWN)
    dialog.close()


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("own", [False, True])
def test_files_for_another_name_are_the_counsel_where_the_phone_called_the_right_one(*, own: bool) -> None:
    fault = "/srv/c.pem is for other.test, not for nw-server.local: get one that is"
    ways: dict[str, Any] = {} if own else {"how": "certificate", "authority": None}
    refused = Refused(at=reach().now, why="wrong_name", name="nw-server.local")
    told = reach(on=True, fault=fault, misnamed=True, reached=None, install=None, refused=refused, **ways)
    [check] = [each for each in health_of(told) if each.name == "certificate"]
    end = "by choosing that name once more" if own else "and put it in place of these files: it is read by itself."
    assert (check.state, check.text.startswith(f"{fault}, {end}")) == ("failed", True)
    step = PhoneStep(roomy=True)
    step.show_outcome(told, Outcome.WRONG_NAME, 1.0)
    assert step._help.text.text() == check.text
    strange = told.model_copy(update={"refused": refused.model_copy(update={"name": "nw"})})
    step.show_outcome(strange, Outcome.WRONG_NAME, 1.0)
    assert "The phone called nw" in step._help.text.text()


def test_a_certificate_that_is_lost_or_ends_soon_is_told_with_its_file_and_what_to_do() -> None:
    def certificate(**more: Any) -> tuple[str, str]:
        [check] = [each for each in health_of(reach(on=True, **more)) if each.name == "certificate"]
        return check.state, check.text

    fault = "/srv/c.pem is missing; put it back, or choose another one"
    assert certificate()[0] == "ok"
    state, text = certificate(fault=fault)
    assert (state, text.startswith(fault)) == ("failed", True)
    assert certificate(fault=fault, certificate=None) == (state, text), "of an address that phones keep"
    ending = Certificate(names=["nw"], expires_at=reach().now + timedelta(days=9), renews_at=None, file="/srv/c.pem")
    state, text = certificate(certificate=ending, authority=None, how="certificate")
    assert (state, "in place of these files, /srv/c.pem" in text) == ("soon", True)
    renewed = ending.model_copy(update={"renews_at": reach().now})
    assert "renewed by itself" in certificate(certificate=renewed)[1]


def test_a_bare_address_without_pins_is_not_in_order() -> None:
    address = Address(ip="192.168.1.20", kind="ip", resolves=True, to=["192.168.1.20"])
    bare = reach(on=True, origin="https://192.168.1.20:8443", addresses=[address], reached=None)
    for allowed, state in ((True, "ok"), (False, "failed")):
        told = bare.model_copy(update={"pin_devices": allowed})
        name = checks_of(told, Outcome.WAITING)[0]
        assert name.state == state
        assert ("choose a name" in name_help(told, name, here=True)) == (not allowed)


UNKNOWN = [Address(name="nw-server.local", kind="name", resolves=False, to=[])]
"""What the server's computer makes of its own name where only phones find it."""


@pytest.mark.usefixtures("themed")
def test_a_name_that_phones_find_is_well_though_this_computer_does_not_find_it() -> None:
    unknown = reach(on=True, addresses=UNKNOWN, reached=None)
    assert checks_of(unknown, Outcome.WAITING)[0].state == "failed"
    visited = reach(on=True, addresses=UNKNOWN, reached=Reached(ip=PHONE, at=unknown.now, application="Chrome 156"))
    refusal = Refused(at=unknown.now, why="untrusted", name="nw-server.local")
    called = unknown.model_copy(update={"refused": refusal})
    other = unknown.model_copy(update={"refused": refusal.model_copy(update={"why": "wrong_name", "name": "nw"})})
    for found in (visited, called):
        name = checks_of(found, Outcome.WAITING)[0]
        assert (name.state, name.text) == ("ok", "Phones find nw-server.local; this computer does not")
        assert not name_help(found, name, here=True)
    assert checks_of(other, Outcome.WAITING)[0].state == "failed"
    step = PhoneStep(roomy=True)
    step.show_outcome(called, Outcome.UNTRUSTED, 1.0)
    assert step._help.text.text().startswith("The phone arrives, but does not trust the certificate")
    strange = reach(on=True, origin="https://10.1.2.3:8443", reached=visited.reached)
    assert "Phones get here by 10.1.2.3" in checks_of(strange, Outcome.WAITING)[0].text


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("outcome", [Outcome.WRONG_NAME, Outcome.OTHER])
def test_another_name_is_advised_where_it_can_be_chosen(outcome: Outcome) -> None:
    why = "wrong_name" if outcome is Outcome.WRONG_NAME else "other"
    refused = Refused(at=reach().now, why=why, name="nw" if why == "wrong_name" else None)  # type: ignore[arg-type]
    for addresses in (UNKNOWN, reach().addresses):
        stopped = reach(on=True, addresses=addresses, reached=None, refused=refused)
        step = PhoneStep(roomy=True)
        step.show_outcome(stopped, outcome, 1.0, here=True)
        here = step._help.text.text()
        step.show_outcome(stopped, outcome, 1.0, here=False)
        elsewhere = step._help.text.text()
        assert "go back" not in here + elsewhere
        assert "countersign-server" not in here
        assert "Change…" not in elsewhere
        if outcome is Outcome.WRONG_NAME or addresses is UNKNOWN:
            assert "Change…" in here
            assert "on its own host with countersign-server tls init" in elsewhere
        if outcome is Outcome.WRONG_NAME:
            assert here.count("Change…") == 1  # one counsel, not two that are opposite
    health = HealthStep(narrow=False)
    health.show_reach(reach(on=True, addresses=UNKNOWN, reached=None), [], None, here=False)
    assert "on its own host with countersign-server tls init" in health._help.text.text()
    health.show_reach(reach(on=True, addresses=UNKNOWN, reached=None), [], None, here=True)
    assert "with Change… choose one that resolves" in health._help.text.text()


def test_a_phone_that_did_not_need_the_install_page_leaves_nothing_undone() -> None:
    trusted = reach(on=True, reached=Reached(ip=PHONE, at=reach().now, application="Chrome 156"))
    states = {each.name: each.state for each in checks_of(trusted, Outcome.REACHED)}
    assert set(states.values()) == {"ok"}
    assert "page" not in states
    assert "page" in [each.name for each in checks_of(trusted, Outcome.WAITING)]


def test_the_window_grows_with_what_it_tells(tmp_path: Path, qtbot: QtBot) -> None:
    stage = Stage(tmp_path)
    qtbot.waitExposed(stage.window)
    try:
        SCENES["reach_waiting"](stage)
        dialog = stage.find("reach", ReachDialog)
        told = stage.world.reach
        for install in (None, told.install):
            stage.world.reach = told.model_copy(update={"install": install})
            dialog._timer.start()
            dialog._look()
            stage.settle()
            dialog._timer.stop()
            assert dialog._scroll.verticalScrollBar().maximum() == 0
        before = dialog.height()
        stage.world.reach = told.model_copy(update={"install": None})
        dialog._timer.start()
        dialog._look()
        stage.settle()
        assert dialog.height() < before
    finally:
        stage.close()


def test_a_check_that_is_open_goes_on_by_itself_and_moves_nothing(tmp_path: Path, qtbot: QtBot) -> None:
    stage = Stage(tmp_path)
    qtbot.waitExposed(stage.window)
    try:
        stage.world.reach = told = reach(on=True, reached=None)
        stage.world.origins = [origin(current=True), origin(phones=2)]
        reaching(stage)
        dialog = stage.find("reach", ReachDialog)
        checks, stop = stage.find("reach.health.checks", Checks), stage.find("reach.retire.0", QPushButton)
        [beat] = dialog._health.findChildren(Beat)
        beat.setInterval(10)
        stop.setFocus()
        stage.world.reach = told.model_copy(update={"reached": Reached(ip=PHONE, at=told.now, application="Chrome")})
        qtbot.waitUntil(lambda: f"last ok: {PHONE}" in checks.text())
        assert stage.find("reach.retire.0", QPushButton) is stop
        assert stop.hasFocus()
        dialog._choose()
        assert not beat.isActive()
    finally:
        stage.close()


@pytest.mark.usefixtures("themed")
def test_that_phones_can_connect_is_said_once_one_has() -> None:
    fresh = reach(on=True, reached=None)
    silent = Refused(at=fresh.now, why="proxy_silent", name="127.0.0.1")
    stopped = reach(on=True, how="proxy", reached=None).model_copy(update={"refused": silent})
    card, known = PhonesCard(here=True), [origin(current=True, phones=1)]
    for found, origins, says in (
        (fresh, [], "No phone has come yet"),
        (reach(on=True), [], "Phones can connect"),
        (fresh, known, "Phones can connect"),
        (stopped, known, "Proxy needs attention"),
    ):
        card.show_reach(found, origins)
        assert card._chip.text() == says


def test_where_no_name_resolves_the_ways_out_are_named(tmp_path: Path, qtbot: QtBot) -> None:
    stage = Stage(tmp_path)
    qtbot.waitExposed(stage.window)
    try:
        SCENES["reach_address_where_no_name_resolves"](stage)
        warning = stage.find("reach.address_warning", Banner).text.text()
        assert "another name" in warning
        assert "certificate of your own" in warning
        assert "proxy" in warning
    finally:
        stage.close()


def test_a_name_that_leads_elsewhere_and_the_one_network_do_not_go_together() -> None:
    networks = Interface()
    here = Address(ip="192.168.1.20", kind="ip", resolves=True, to=["192.168.1.20"])
    named = Address(name="nw-server.local", kind="name", resolves=True, to=["192.168.1.20"])
    other = Address(ip="10.0.0.5", kind="ip", resolves=True, to=["10.0.0.5"])
    networks.offer([named, here, other], "10.0.0.5")
    assert networks.options() == ("--host", "10.0.0.5")
    assert "192.168.1.20" in networks.fault_with(named)
    assert networks.fault_with(other) == networks.fault_with(None) == ""
    choose(networks.editor, 0)
    assert networks.options() == ()
    assert networks.fault_with(named) == ""


def choose(box: QWidget, place: int) -> None:
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(place)
    box.activated.emit(place)


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
    assert call(_port_of(other), authority_of(_folder_of(hand)), NAME).startswith(b"HTTP/1.1 200")
    other.reads("reach.phone.title", f"Reached from {PHONE}")


def _folder_of(hand: Hand) -> Path:
    assert hand.console.arrival.host is not None
    return hand.console.arrival.host.folder


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
