"""What the window of letting phones connect says of what is typed and chosen, and of what the server makes of it."""

import re
import socket
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.core.health import warnings_of
from desktop.core.naming import fault_of_url
from desktop.core.reach import Outcome, checks_of, how_of, old_of
from desktop.dialogs.reach import ReachDialog, read_reach
from desktop.dialogs.reach_address import AddressStep
from desktop.dialogs.reach_health import HealthStep
from desktop.dialogs.reach_interface import Interface
from desktop.dialogs.retire_origin import RetireOrigin
from desktop.pages.settings.phones import PhonesCard
from desktop.reaching import BACK, Plan, carry_out, fault_of_port, in_words
from desktop.service.service import Refused
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.health import Health
from server.contract.problem import Problem
from server.contract.reach import Address
from server.holdings import own_for
from server.tls import Names
from tests.desktop.answers import origin, reach
from tests.desktop.letting import choose
from tests.desktop.scenes import SCENES, SMALLEST, Stage
from tests.desktop.scenes_of_phones import keeper_of, reaching
from tests.server.reaching import has_ipv6


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
        ("https://a.example:0", "0 is no port"),
        ("https://a.example.", "a.example. ends with a dot"),
        ("https://localhost.", "localhost. ends with a dot"),
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


def test_of_files_it_is_said_once_what_is_wrong_with_them_and_what_they_lack(stage: Stage, tmp_path: Path) -> None:
    held = own_for(tmp_path, Names.of(["console.test"]), datetime.now(UTC))
    leaf, _ = held.certificate.read_text("ascii").split("-----END CERTIFICATE-----\n", 1)
    alone = tmp_path / "cert.pem"
    alone.write_text(f"{leaf}-----END CERTIFICATE-----\n", "ascii")
    dialog = reaching(stage)
    stage.find("reach.way.files", QRadioButton).click()
    stage.settle()
    certificate, key = (stage.find(f"reach.{name}", QLineEdit) for name in ("certificate", "key"))

    def said(name: str) -> str:
        found = [each for each in dialog.findChildren(Text, f"reach.{name}.fault") if each.isVisible()]
        return " ".join(each.text() for each in found)

    assert held.authority
    for file, hint in ((alone, "called fullchain.pem."), (held.certificate, ""), (held.authority, ""), (held.key, "")):
        certificate.setText(str(file))
        assert said("certificate").endswith(hint), file
        assert bool(said("certificate")) is bool(hint), file
    certificate.setText(str(tmp_path))
    stage.find("reach.go", QPushButton).click()
    assert said("certificate") == "This is a folder. Choose the file in it."
    certificate.setText(str(alone))
    key.setText(str(held.key))
    dialog._refused(f"the key in {held.key} is of another certificate")
    stage.settle()
    assert "is of another certificate" in said("key")
    assert not [each for each in dialog.findChildren(Banner, "reach.kept") if each.isVisible()], "it is said once"
    browse = stage.find("reach.browse_key", QPushButton)
    centres = [each.mapToGlobal(each.rect().center()).y() for each in (browse, key)]
    assert abs(centres[0] - centres[1]) <= 1, "it stays beside the line"


def test_a_change_that_was_begun_before_is_awaited_and_nobody_else_is_accused(stage: Stage) -> None:
    keeper = keeper_of(stage)
    keeper.busy = True
    ReachDialog(stage.shell("settings", keeper), stage.desk, keeper).open()
    stage.settle()
    assert stage.find("reach.state", Text).text() == "The server is being started anew."
    assert not stage.find("reach.go", QPushButton).isEnabled()
    keeper._settled()
    stage.settle()
    assert stage.find("reach.state", Text).text() == ""
    assert stage.find("reach.go", QPushButton).isEnabled()


def test_a_server_that_is_away_while_it_is_started_anew_is_awaited_and_not_put_back(stage: Stage) -> None:
    keeper = keeper_of(stage)
    keeper.busy, keeper.host.serving, stage.world.fails_reach = True, None, True
    dialog = ReachDialog(stage.shell("settings", keeper), stage.desk, keeper)
    dialog.open()
    stage.settle()
    assert stage.find("reach.state", Text).text() == "The server is being started anew."
    assert not dialog._undo.isVisible()
    keeper._settled()
    stage.settle()
    assert "does not answer" in stage.find("reach.state", Text).text()
    assert dialog._undo.isVisible(), "it did not come back"


@pytest.mark.usefixtures("themed")
def test_an_address_that_is_not_served_is_not_said_to_go_on() -> None:
    fault = "port 8443 on :: cannot be used: Address already in use"
    lost = origin().model_copy(update={"fault": fault, "port": None})
    health, step = HealthStep(narrow=False), AddressStep(roomy=True)
    health.show_reach(reach(on=True), [origin(current=True, phones=0), lost], None)
    words = " ".join(label.text() for label in health._old.findChildren(QLabel) if label.isVisibleTo(health))
    assert f"It is not served: {fault}. Mend that" in words
    assert "go on being served" not in words
    step.show_reach(reach(on=True), [origin(current=True, phones=0), lost], "http://localhost:8400")
    assert not step._kept.isVisibleTo(step)
    assert how_of(reach(), [lost]) == how_of(reach(), [])
    assert old_of([lost]) == [lost], "so that it can be ended"
    ended = lost.model_copy(update={"port": 8443})
    assert "is still open on the network" in how_of(reach(), [ended])


@pytest.mark.usefixtures("themed")
def test_who_is_not_told_which_addresses_phones_keep_is_not_told_that_there_are_none() -> None:
    step = AddressStep(roomy=True)
    for told, said in (((), "nothing on the network does"), (None, "once no phone keeps an address")):
        step.show_reach(reach(on=True), told)
        assert said in step.findChildren(Text, "reach.way.off_text")[0].text()
    assert "Phones that keep an earlier address may still reach the server" in how_of(reach(), None)
    assert how_of(reach(on=True), None) == how_of(reach(on=True), ())
    health, card = HealthStep(narrow=False), PhonesCard(here=True)
    for origins, pins, state in (((), "None does now.", "Phones cannot connect"), (None, "which is weaker.", "")):
        health.show_reach(reach(on=True, pin_devices=True), origins, None)
        assert health._pins.text.text().endswith(pins)
        assert health.pins_end is (origins is not None)
        card.show_reach(reach(), origins)
        assert card._chip.accessibleName() == state


def test_back_on_this_computer_alone_nothing_is_claimed_of_addresses_that_are_not_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = Problem(403, "two_factor_required", "This account needs two-factor authentication")
    monkeypatch.setattr(type(stage.desk.client), "origins", Mock(side_effect=refused))
    keeper = keeper_of(stage)
    dialog = ReachDialog(stage.shell("settings", keeper), stage.desk, keeper)
    said = list[str]()
    stage.desk.said.connect(lambda words, _tone: said.append(words))
    dialog._joined(BACK, read_reach(stage.desk.client))
    assert said == [
        "No other phone is let in now. What phones keep stays open on the network until you stop serving it."
    ]


@pytest.mark.usefixtures("themed")
def test_that_an_old_certificate_ends_soon_is_told_with_its_file() -> None:
    warning = "/srv/c.pem ends on 9 December 2026: put a new one in its place"
    health = HealthStep(narrow=False)
    health.show_reach(reach(on=True), [origin(current=True), origin().model_copy(update={"warning": warning})], None)
    words = " ".join(label.text() for label in health._old.findChildren(QLabel) if label.isVisibleTo(health))
    assert f"may not get in, or not for long: {warning}." in words
    assert "go on being served" in words
    unknown = origin().model_copy(update={"warning": "nobody knows", "port": None})
    health.show_reach(reach(on=True), [origin(current=True), unknown], None)
    assert not health._old._text.isVisibleTo(health)
    soon = Health(status="degraded", version="1", setup_done=True, details={"warnings": ["certificate_ends_soon"]})
    [(_, told)] = warnings_of(soon, reach(on=True))
    assert "31 Dec" not in told


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("way", ["files", "proxy"])
@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("https://xn--bcher-kva.test", "https://BÜCHER.test"),
        ("https://nw.test", "nw.test:0443/"),
        ("https://nw.test:8443", " HTTPS://nw.test:08443"),
        ("https://[2001:db8::7]:8443", "[2001:DB8:0::7]:8443"),
    ],
)
def test_an_address_that_phones_keep_is_the_same_however_it_is_typed(way: str, kept: str, typed: str) -> None:
    step = AddressStep(roomy=True)
    step.show_reach(reach(), [origin().model_copy(update={"origin": kept})])
    step.findChildren(QRadioButton, f"reach.way.{way}")[0].click()
    url, said = step.findChildren(QLineEdit, f"reach.{way}_url")[0], step.findChildren(Text, "reach.kept.text")[0]
    for text, there in (("https://[", False), ("https://..:x", False), (typed, True), ("other.test", False)):
        url.setText(text)
        elsewhere = re.search("keeps (its|an) address", said.text()) is not None
        assert ("keeps this address" in said.text(), elsewhere) == (there, not there), text


def test_a_bare_address_that_the_computer_lost_is_not_said_to_go_on() -> None:
    step, now = AddressStep(roomy=True), reach()
    mine = next(each.ip for each in now.addresses if each.ip)
    for ip, lost in ((mine, False), ("192.0.2.77", True)):
        step.show_reach(now, [origin().model_copy(update={"origin": f"https://{ip}:8443"})])
        step.findChildren(QRadioButton, "reach.way.own")[0].click()
        said = step.findChildren(Text, "reach.kept.text")[0].text()
        assert ("this computer does not have" in said, "goes on working" in said) == (lost, not lost)


def test_a_port_at_an_address_that_the_computer_lost_is_not_well() -> None:
    now = reach()
    mine = next(each.ip for each in now.addresses if each.ip)
    for ip, state in ((mine, "ok"), ("192.0.2.77", "failed")):
        checks = checks_of(now.model_copy(update={"interface": ip}), Outcome.NOTHING)
        assert next(each.state for each in checks if each.name == "port") == state


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("way", ["own", "files", "proxy", "off"])
def test_a_proxy_before_an_address_that_phones_keep_is_said_to_have_to_stay(way: str) -> None:
    here, step = origin(current=True), AddressStep(roomy=True)
    old = origin(phones=2).model_copy(update={"upstream": 8400})
    step.show_reach(reach(on=True), [here, old])
    step.findChildren(QRadioButton, f"reach.way.{way}")[0].click()
    own, forwarded = step.findChildren(Text, "reach.kept.text")[0].text().split(" 2 phones keep their addresses, ")
    assert own.startswith("1 phone keeps its address")
    assert ("goes on working under it" in own) is (way != "off")
    assert forwarded.startswith("for which the proxy or tunnel there has to go on forwarding: ")
    assert ("The next page offers" in forwarded) is (way == "off")


@pytest.mark.usefixtures("themed")
def test_who_keeps_an_address_is_not_said_to_go_on_where_one_network_alone_is_chosen() -> None:
    step = AddressStep(roomy=True)
    step.show_reach(reach(on=True), [origin(current=True)])
    said = step.findChildren(Text, "reach.kept.text")[0]
    assert "goes on working" in said.text()
    choice = step.findChildren(QComboBox, "reach.interface")[0]
    for place, told in ((1, "in only in the network that is chosen"), (0, "goes on working")):
        choice.setCurrentIndex(place)
        choice.activated.emit(place)
        assert told in said.text()
    begun = AddressStep(roomy=True)
    begun.show_reach(reach(on=True).model_copy(update={"interface": choice.itemData(1)}), [origin(current=True)])
    assert "goes on working" not in begun.findChildren(Text, "reach.kept.text")[0].text()


@pytest.mark.cold
@pytest.mark.parametrize("writes", [True, False])
def test_a_program_that_does_not_end_has_done_what_it_has_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, writes: bool
) -> None:
    file = tmp_path / "server.toml"
    written = f"pathlib.Path({str(file)!r}).write_text('port = 8400')" if writes else "None"
    hangs = f"import pathlib, threading; {written}; threading.Event().wait()"
    monkeypatch.setattr("desktop.reaching.program", lambda: [sys.executable, "-c", hangs])
    monkeypatch.setattr("desktop.reaching.WITHIN", 3.0)
    with nullcontext() if writes else pytest.raises(Refused, match="did not answer"):
        carry_out(Plan(("off",), ""), tmp_path)


def test_what_the_program_refuses_is_a_sentence_without_its_options() -> None:
    said = (
        "countersign-server: give the same names as before; or choose --port, which leaves it as it is; or "
        "`countersign-server tls init --new-authority`, whose authority each phone then has to install"
    )
    assert in_words(said) == (
        "give the same names as before; or choose another port, which leaves it as it is; or "
        "`countersign-server tls init --new-authority`, whose authority each phone then has to install."
    )
    for text, ended in (("It ended!", "It ended!"), ("try `a b`", "try `a b`."), ("", "")):
        assert in_words(text) == in_words(ended) == ended


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("routed", [False, True])
def test_a_port_that_the_server_itself_has_is_nobody_elses(tmp_path: Path, *, routed: bool) -> None:
    step, url = AddressStep(roomy=True), "https://old.test:{}"
    for name in ("certificate", "key"):
        (tmp_path / name).touch()

    def fault(way: str, field: str, text: str) -> str:
        step.findChildren(QRadioButton, f"reach.way.{way}")[0].click()
        for name in ("certificate", "key"):
            step.findChildren(QLineEdit, f"reach.{name}")[0].setText(str(tmp_path / name))
        step.findChildren(QLineEdit, "reach.proxy_url")[0].setText("https://proxy.example.com")
        edit = step.findChildren(QLineEdit, f"reach.{field}")[0]
        edit.setText(text)
        return "" if step.plan() is not None else step.findChildren(Text, f"reach.{field}.fault")[0].text()

    with (
        socket.create_server(("", 0)) as one,
        socket.create_server(("", 0)) as two,
        socket.create_server(("", 0)) as no,
    ):
        tls, plain, taken = (each.getsockname()[1] for each in (one, two, no))
        called = "https://old.test" if routed else url.format(tls)
        old = origin().model_copy(update={"origin": called, "port": tls})
        behind = origin().model_copy(update={"origin": url.format(taken), "upstream": plain})
        step.show_reach(reach(on=True), [origin(current=True), old, behind], "http://localhost:1")
        assert not fault("own", "port", str(tls))
        assert not fault("files", "files_url", url.format(tls))
        assert not fault("proxy", "proxy_port", str(plain))
        for way, field, text in (("own", "port", "{}"), ("files", "files_url", url), ("proxy", "proxy_port", "{}")):
            assert "Another program" in fault(way, field, text.format(taken))
        assert f"keep {called}. Choose another port" in fault("proxy", "proxy_port", str(tls))
        for way, field, text in (("own", "port", "{}"), ("files", "files_url", url)):
            assert f"keep {behind.origin}. Choose another port" in fault(way, field, text.format(plain))


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


def test_the_window_grows_with_another_systems_rule(tmp_path: Path, qtbot: QtBot) -> None:
    stage = Stage(tmp_path)
    qtbot.waitExposed(stage.window)
    try:
        SCENES["reach_nothing_arrives_on_windows"](stage)
        stage.settle()
        assert stage.find("reach", ReachDialog)._scroll.verticalScrollBar().maximum() == 0
    finally:
        stage.close()


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
