"""What the window of letting phones connect says of what arrived or did not, and whether all is in order."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from desktop.core.firewall import SYSTEMS
from desktop.core.proxy import Proxy
from desktop.core.reach import Outcome, checks_of, how_of, judge, name_help
from desktop.dialogs.reach import ReachDialog
from desktop.dialogs.reach_address import AddressStep
from desktop.dialogs.reach_health import HealthStep, health_of
from desktop.dialogs.reach_steps import STEPS_OWN, PhoneStep
from desktop.pages.settings.phones import PhonesCard
from desktop.server_process import program
from desktop.widgets.beat import Beat
from desktop.widgets.checks import Checks
from desktop.widgets.text import Text
from server.contract.problem import Problem
from server.contract.reach import Address, Certificate, Install, Reached, Refused
from tests.desktop.answers import origin, reach
from tests.desktop.letting import PHONE
from tests.desktop.scenes import SCENES, Stage
from tests.desktop.scenes_of_phones import opened, reaching

UNKNOWN = [Address(name="nw-server.local", kind="name", resolves=False, to=[])]
"""What the server's computer makes of its own name where only phones find it."""
BY_IPV6 = [Address(name="nw-server.local", kind="name", resolves=True, to=["2001:db8::1"])]


def _looked_up(monkeypatch: pytest.MonkeyPatch, *led: str) -> None:
    monkeypatch.setattr("desktop.dialogs.reach.looked_up", lambda _: led)


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
def test_the_firewall_is_accused_of_nothing_that_the_certificate_explains() -> None:
    step = PhoneStep(roomy=True)
    for ago, waited, outcome, title in (
        (5, 5.0, Outcome.WAITING, "Your phone has the install page"),
        (119, 60.0, Outcome.NOTHING, "Your phone has the install page"),
        (120, 60.0, Outcome.NOTHING, "Nothing has arrived"),
    ):
        page = opened(reach().now - timedelta(seconds=ago))
        told = reach(on=True, install=page, reached=None)
        assert judge(told, told.now - timedelta(seconds=waited), waited) is outcome
        step.show_outcome(told, outcome, waited)
        assert step._title.text().startswith(title)
        assert step._advice.isVisibleTo(step) is (outcome is Outcome.NOTHING)
        refused = told.model_copy(update={"refused": Refused(at=told.now, why="untrusted", name=None)})
        assert judge(refused, told.now, 1.0) is Outcome.UNTRUSTED, "what has arrived is known at once"
    assert "If its certificate is installed" in step._advice._text.text()
    step.show_outcome(told, Outcome.NOTHING, 60.0, here=False)
    assert "If its certificate is installed" in step._advice._text.text()


@pytest.mark.usefixtures("themed")
def test_of_a_server_elsewhere_the_rule_is_for_its_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.dialogs.reach_steps.this_system", lambda: "macos")
    step, advice = PhoneStep(roomy=True), None
    page = Install(url="http://192.168.1.20:8480/", open_until=reach().now, opened=None)
    for install, ports in ((None, "8443"), (page, "8443,8480")):
        step.show_outcome(reach(on=True, install=install, reached=None), Outcome.NOTHING, 60.0, here=False)
        advice = step._advice
        assert advice._rule.text() == f"sudo ufw allow proto tcp to any port {ports} comment Countersign"
        said = advice._text.text()
        assert "the firewall of the server’s computer blocks" in said
        assert "this computer" not in said
        assert "Change…" not in said
        assert ("install page was not opened either" in said) is (install is not None)
    assert advice
    advice._group.button(SYSTEMS.index("macos")).click()
    assert "command -v countersign-server" in advice._rule.text()
    step.show_outcome(reach(on=True, install=None, reached=None), Outcome.NOTHING, 60.0, here=True)
    assert advice._rule.text().startswith(f"sudo /usr/libexec/ApplicationFirewall/socketfilterfw --add {program()[0]}")


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("here", [True, False])
def test_the_rule_is_for_the_port_at_which_it_listens_and_what_forwards_to_that_is_named(*, here: bool) -> None:
    step = PhoneStep(roomy=True)
    for called, routed in (("https://nw-server.local:8443", False), ("https://nw-server.local", True)):
        told = reach(on=True, origin=called, install=None, reached=None)
        step.show_outcome(told, Outcome.NOTHING, 60.0, here=here)
        assert ("Phones call port 443, and the server listens on port 8443" in step._advice._text.text()) is routed
        assert "8443" in step._advice._rule.text()
        assert "port 443" not in step._advice._title.text() + step._advice._rule.text()


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


def test_what_was_refused_while_the_install_page_was_shown_is_told_with_next(stage: Stage) -> None:
    dialog = reaching(stage)
    stage.world.reach = reach(on=True, reached=None)
    dialog._take((stage.world.reach, []))
    dialog._show_install()
    stage.settle()
    refused = Refused(at=stage.world.reach.now, why="untrusted", name=None)
    stage.world.reach = reach(on=True, reached=None, refused=refused)
    dialog._wait()
    dialog._look()
    stage.settle()
    assert dialog._phone._title.text() == "Your phone does not get through yet"
    assert "does not trust the certificate" in dialog._phone._help.text.text()
    stage.world.reach = reach(on=True, reached=None, refused=refused, now=refused.at + timedelta(seconds=9))
    dialog._look()
    stage.settle()
    dialog._wait()
    dialog._look()
    stage.settle()
    assert dialog._phone._title.text() == "Waiting for your phone…", "looked for anew"
    dialog._timer.stop()
