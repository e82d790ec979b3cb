"""What the window of letting phones connect says: how it judges names, addresses, and what arrived or did not."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.core.naming import fault_of_url
from desktop.core.proxy import Proxy
from desktop.core.reach import Outcome, checks_of, how_of, judge, name_help
from desktop.dialogs.reach import ReachDialog
from desktop.dialogs.reach_address import AddressStep
from desktop.dialogs.reach_health import HealthStep, health_of
from desktop.dialogs.reach_interface import Interface
from desktop.dialogs.reach_steps import STEPS_OWN, PhoneStep
from desktop.dialogs.retire_origin import RetireOrigin
from desktop.pages.settings.phones import PhonesCard
from desktop.reaching import Plan, fault_of_port, in_words
from desktop.widgets.beat import Beat
from desktop.widgets.checks import Checks
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.problem import Problem
from server.contract.reach import Address, Certificate, Install, Reached, Refused
from server.holdings import own_for
from server.tls import Names
from tests.desktop.answers import origin, reach
from tests.desktop.letting import PHONE, choose
from tests.desktop.scenes import SCENES, SMALLEST, Stage
from tests.desktop.scenes_of_phones import keeper_of, opened, reaching
from tests.server.reaching import has_ipv6

UNKNOWN = [Address(name="nw-server.local", kind="name", resolves=False, to=[])]
"""What the server's computer makes of its own name where only phones find it."""
BY_IPV6 = [Address(name="nw-server.local", kind="name", resolves=True, to=["2001:db8::1"])]


@pytest.fixture
def themed(tmp_path: Path, qtbot: QtBot) -> None:  # noqa: ARG001 - it has the application
    """What single pages are drawn by."""
    Stage(tmp_path).close()


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
    lost = origin().model_copy(update={"fault": fault, "port": 8443})
    health, step = HealthStep(narrow=False), AddressStep(roomy=True)
    health.show_reach(reach(on=True), [origin(current=True, phones=0), lost], None)
    words = " ".join(label.text() for label in health._old.findChildren(QLabel) if label.isVisibleTo(health))
    assert f"It is not served: {fault}. Mend that" in words
    assert "go on being served" not in words
    step.show_reach(reach(on=True), [origin(current=True, phones=0), lost], "http://localhost:8400")
    assert not step._kept.isVisibleTo(step)
    assert how_of(reach(), [lost]) == how_of(reach(), [])


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize(("upstream", "way"), [(None, "open on the network"), (8400, "the proxy or tunnel there")])
def test_an_address_behind_a_proxy_is_not_said_to_be_open_here(upstream: int | None, way: str) -> None:
    old, step = origin().model_copy(update={"upstream": upstream}), AddressStep(roomy=True)
    step.show_reach(reach(), [origin(current=True, phones=0), old])
    step.findChildren(QRadioButton, "reach.way.off")[0].click()
    said = step.findChildren(Text, "reach.kept.text")[0].text()
    how = how_of(reach(how="this_computer", origin="http://localhost:8475"), [old])
    assert way in said
    assert way in how
    assert ("open on the network" in said + how) is (upstream is None)


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
        assert ("keeps this address" in said.text(), "keeps its address" in said.text()) == (there, not there), text


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


@pytest.mark.parametrize(
    ("met", "state", "says"),
    [
        (Proxy.ANSWERS, "ok", ""),
        (Proxy.REFUSED, "failed", "forwards to http://127.0.0.1:8400"),
        (Proxy.STRANGE, "failed", "forwards to http://127.0.0.1:8400"),
        (Proxy.UNKNOWN_NAME, "unknown", ""),
    ],
)
def test_a_proxy_that_is_gone_is_seen_by_calling_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, met: Proxy, state: str, says: str
) -> None:
    _looked_up(monkeypatch, "203.0.113.7")
    monkeypatch.setattr("desktop.dialogs.reach.proxy_at", lambda *_: met)
    SCENES["reach_health_of_a_proxy"](stage)
    stage.settle()
    told = stage.find("reach.health.checks", Checks).text()
    assert f"answers {state}: " in told
    assert "upstream ok: Listening on port 8400, to which the proxy forwards" in told
    helped = [each.text() for each in stage.window.findChildren(Text, "reach.health.help.text") if each.isVisible()]
    assert [says in each for each in helped] == [True] * bool(says)


def test_a_proxy_that_is_down_is_named_while_a_phone_is_awaited(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.dialogs.reach.proxy_at", lambda *_: Proxy.REFUSED)
    SCENES["reach_nothing_arrives_through_a_proxy"](stage)
    dialog = next(each for each in stage.window.findChildren(ReachDialog) if each.isVisible())
    dialog._look()
    stage.settle()
    told = stage.find("reach.checks", Checks).text()
    assert "answers failed: Nothing listens at https://countersign.northwind.example" in told
    assert "through the proxy" not in told
    helped = [each.text() for each in stage.window.findChildren(Text, "reach.help.text") if each.isVisible()]
    assert ["See that the proxy or tunnel runs" in each for each in helped] == [True]


def test_a_proxy_that_only_old_phones_need_is_called_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    at_old = "https://countersign.northwind.example"
    monkeypatch.setattr("desktop.dialogs.reach.proxy_at", lambda url, _: Proxy.REFUSED if url == at_old else None)
    SCENES["reach_health_of_an_old_address_behind_a_proxy"](stage)
    stage.settle()
    told = stage.find("reach.old.proxy.0", Text).text()
    assert "has to go on forwarding to http://127.0.0.1:8400" in told
    assert f"Nothing listens at {at_old}" in told
    assert "may be the same phone" in stage.find("reach.old.text", Text).text()


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


def test_nothing_is_amiss_for_thirty_seconds() -> None:
    told = reach(on=True, install=None, reached=None)
    for waited, outcome in ((29.9, Outcome.WAITING), (30.0, Outcome.NOTHING)):
        assert judge(told, told.now - timedelta(seconds=waited), waited) is outcome


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("here", [True, False])
@pytest.mark.parametrize("looked_up", [{}, {"addresses": UNKNOWN}])
def test_a_phone_that_called_an_address_is_told_the_name(*, here: bool, looked_up: dict[str, Any]) -> None:
    refused = Refused(at=reach().now, why="wrong_name", name=None)
    told = reach(on=True, reached=None, install=None, refused=refused, **looked_up)
    step, health = PhoneStep(roomy=True), HealthStep(narrow=False)
    step.show_outcome(told, Outcome.WRONG_NAME, 1.0, here=here)
    health.show_reach(told, [], None, here=here)
    for shown in (step._help.text.text(), health._help.text.text()):
        assert "called an address instead of the name in the certificate, nw-server.local. Open https://nw" in shown
        assert ("Change…" in shown) is here


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


def test_the_window_grows_with_another_systems_rule(tmp_path: Path, qtbot: QtBot) -> None:
    stage = Stage(tmp_path)
    qtbot.waitExposed(stage.window)
    try:
        SCENES["reach_nothing_arrives_on_windows"](stage)
        stage.settle()
        assert stage.find("reach", ReachDialog)._scroll.verticalScrollBar().maximum() == 0
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
    own = reach(on=True, how="certificate", authority=None)
    assert own.certificate
    ended = own.certificate.model_copy(update={"expires_at": own.now})
    for found, origins, says in (
        (fresh, [], "No phone has come yet"),
        (reach(on=True), [], "Phones can connect"),
        (fresh, known, "Phones can connect"),
        (stopped, known, "Proxy needs attention"),
        (own, known, "Phones can connect"),
        (own.model_copy(update={"certificate": ended}), known, "Certificate not valid"),
        (own.model_copy(update={"fault": "c.pem is for other.test", "misnamed": True}), known, "Certificate not valid"),
        (own.model_copy(update={"fault": "c.pem is missing"}), known, "Certificate needs attention"),
        (own.model_copy(update={"fault": "k.pem", "certificate": ended}), known, "Certificate not valid"),
        (reach(on=True, reached=None, ipv6=False, addresses=BY_IPV6), known, "IPv6 needs attention"),
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
