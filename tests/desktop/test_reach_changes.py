"""Another way for phones to connect, from the console: what is refused, what goes back, where old addresses end."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from desktop.demo.phone import SoftwarePhone
from desktop.reaching import Plan, carry_out
from desktop.widgets.checks import Checks
from desktop.widgets.facts import Facts
from server.holdings import own_for
from server.tls import Names
from tests.desktop.hand import Hand
from tests.desktop.letting import NAME, authority_of, call, choose, closed, insist, open_with, port_of, served
from tests.living import LivingServer
from tests.proving import refused
from tests.server.keeping import moved, renewed
from tests.server.reaching import COLLEAGUES_PASSWORD, free_port, invited, led, phone_of

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


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
    hand.click("reach.close")
    hand.reads("settings.server.address", f"http://localhost:{port}")


def test_what_is_handed_on_names_the_address_that_others_use(hand: Hand) -> None:
    hand.click("settings.phones.open")
    hand.see("reach.way.proxy").click()
    hand.type("reach.proxy_url", "https://countersign.example.com")
    hand.click("reach.go")
    hand.see("reach.install.qr")
    hand.click("reach.close")
    assert served(hand).startswith("http://localhost")
    hand.click("nav.administrators")
    hand.click("administrators.invite")
    hand.type("invite.username", "jonas")
    hand.type("invite.email", "j@northwind.example")
    hand.click("invite.submit")
    invitation = hand.text("told.0")
    hand.click("told.copy")
    message = QGuiApplication.clipboard().text()
    assert invitation in message
    assert "sign in at https://countersign.example.com as jonas" in message


def test_whoever_would_cut_himself_off_is_refused_and_told_the_way_out(
    start_server: Start, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_INSTALL_PORT", "0")
    server = start_server()
    _, phone = server.protected()
    server.stop()
    hand = open_console(folder=server.data)
    open_with(phone, hand)
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
        open_with(phone, hand)
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
    one, two = (own_for(tmp_path / name, Names.of([NAME]), datetime.now(UTC)) for name in ("one", "two"))
    hand.click("settings.phones.open")
    hand.see("reach.way.files").click()
    hand.type("reach.certificate", str(one.certificate))
    hand.type("reach.key", str(two.key))
    hand.type("reach.files_url", f"https://{NAME}:{free_port()}")
    hand.click("reach.go")
    hand.reads("reach.key.fault", "is of another certificate")
    assert not hand.seen("reach.kept"), "it is said once"
    certificate = hand.see("reach.certificate.fault") if hand.seen("reach.certificate.fault") else None
    assert certificate is None or not certificate.text()


def test_a_path_may_be_quoted_and_begin_at_home(hand: Hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    one, two = (own_for(tmp_path / name, Names.of([NAME]), datetime.now(UTC)) for name in ("one", "two"))
    hand.click("settings.phones.open")
    hand.see("reach.way.files").click()
    hand.type("reach.certificate", f'"{one.certificate}"')
    hand.type("reach.key", f"~/{two.key.relative_to(tmp_path)}")
    hand.type("reach.files_url", f"https://{NAME}:{free_port()}")
    hand.click("reach.go")
    hand.reads("reach.key.fault", f"the key in {two.key} is of another certificate")


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
    port = port_of(hand)
    host = hand.console.arrival.host
    assert host is not None
    authority = authority_of(host.folder)
    assert call(port, authority, NAME, alone).startswith(b"HTTP/1.1 200")
    assert closed("127.0.0.1", port)
    hand.click("reach.close")
    hand.click("settings.phones.open")
    hand.click("reach.change")
    assert hand.see("reach.interface").currentData() == alone
    choose(hand.see("reach.interface"), 0)
    hand.click("reach.go")
    hand.see("reach.install.qr")
    assert not closed("127.0.0.1", port_of(hand))


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
        open_with(phone, hand)
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


def test_files_that_a_phone_does_not_trust_are_refused_at_its_address_and_what_is_said_of_it_is_true(
    start_server: Start, open_console: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COUNTERSIGN_INSTALL_PORT", "0")
    theirs = own_for(tmp_path / "theirs", Names.of([NAME]), datetime.now(UTC))
    with led():
        server = start_server()
        console, authority = moved(server, server.set_up(), NAME)
        phone = phone_of(authority)
        on = console.enrol(phone)
        assert phone.approve(on["id"], on["code"]) == "executed"
        server.stop()
        hand = open_console(folder=server.data)
        open_with(phone, hand)
        hand.click("reach.change")
        hand.reads("reach.kept.text", "1 phone keeps its address and goes on working under it: Pixel 9")
        hand.see("reach.way.proxy").click()
        hand.type("reach.proxy_url", phone.origin)
        hand.reads(
            "reach.kept.text", "where the proxy answers with a certificate that it trusts: Pixel 9 (amelia.hart)"
        )
        hand.see("reach.way.files").click()
        hand.reads("reach.kept.text", "1 phone keeps its address and goes on working under it: Pixel 9")
        hand.type("reach.certificate", str(theirs.certificate))
        hand.type("reach.key", str(theirs.key))
        hand.type("reach.files_url", phone.origin)
        hand.reads("reach.kept.text", "where it trusts the new certificate: Pixel 9 (amelia.hart)")
        hand.click("reach.go")
        hand.reads("reach.kept.text", "trusts this server's own authority there")
        hand.reads("reach.kept.text", "give the address that phones call another port or another name")
        assert phone.state()["status"] == "active"


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
