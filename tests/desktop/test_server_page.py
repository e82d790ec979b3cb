"""Settings, Server: what is told of a server, and when it can be kept running."""

import plistlib
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from typing_extensions import override

from desktop import service
from desktop.core import moments
from desktop.core.settings import Settings, ThemeChoice
from desktop.dialogs.reach_health import health_of
from desktop.service.launchd import LaunchAgent
from desktop.service.service import Refused, Service, Standing, ask
from desktop.service.systemd import Systemd
from desktop.service.task_scheduler import NAMESPACE, ScheduledTask
from desktop.service.work import Work, server_of
from desktop.widgets.facts import Facts
from desktop.widgets.text import Text
from server.contract.health import Health, HealthWarning
from server.contract.reach import Certificate
from server.store.trouble import Trouble
from tests.desktop.answers import reach
from tests.desktop.hand import Hand
from tests.desktop.scenes import Stage
from tests.desktop.scenes_of_phones import keeper_of
from tests.desktop.test_looks import cut_off
from tests.living import LivingServer

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


class Pretended(Service):
    """A service that stands as a test wants it to."""

    stands = Standing()
    refuses = ""
    may_refuse: Event | None = None

    @property
    @override
    def file(self) -> Path:
        return self.work.folder / "pretended.service"

    @override
    def definition(self) -> bytes:
        return b""

    @override
    def fault(self) -> str:
        return ""

    @override
    def installed(self) -> bool:
        return False

    @override
    def running(self) -> bool:
        return self.stands.running

    @override
    def standing(self) -> Standing:
        return self.stands

    @override
    def start(self) -> None:
        raise NotImplementedError

    @override
    def install(self) -> None:
        if self.may_refuse is not None:
            assert self.may_refuse.wait(30)
        raise Refused(self.refuses)

    @override
    def outlive_session(self) -> None:
        raise Refused(self.refuses)

    @override
    def _is_ours(self, definition: bytes) -> bool:
        raise NotImplementedError

    @override
    def _load(self) -> None:
        raise NotImplementedError

    @override
    def _unload(self) -> None:
        raise NotImplementedError


def opened(hand: Hand) -> Hand:
    hand.sign_in()
    hand.click("nav.settings")
    hand.click("settings.tab.server")
    hand.see("settings.server.facts")
    return hand


def own(start_server: Start, open_console: Open, *stands: Standing, refuses: str = "") -> tuple[Hand, LivingServer]:
    """Open a console that runs its own server, and stands like this with services."""
    server = start_server()
    server.set_up()
    server.stop()

    def services(folder: Path) -> Service:
        made = Pretended(server_of(folder))
        made.stands, made.refuses = stands[0], refuses
        return made

    return opened(open_console(folder=server.data, services=services if stands else lambda _: None)), server


def facts(hand: Hand) -> str:
    found = hand.see("settings.server.facts")
    assert isinstance(found, Facts)
    return found.text()


def test_settings_have_tabs_that_keys_reach(server: LivingServer, open_console: Open) -> None:
    server.set_up()
    hand = opened(open_console(url=server.url))
    assert not hand.seen("settings.two_factor")
    assert hand.see("settings.tab.server").isChecked()
    assert not hand.see("settings.tab.general").isChecked()
    hand.see("settings.tab.server").setFocus()
    hand.press(Qt.Key.Key_Left, "settings.tab.server")
    hand.see("page.settings.security_policy")
    hand.press(Qt.Key.Key_Left, "settings.tab.security_policy")
    hand.see("settings.two_factor")
    assert not hand.seen("settings.server.facts")
    assert hand.see("settings.tab.general").hasFocus()


def test_a_server_elsewhere_is_told_but_cannot_be_kept(server: LivingServer, open_console: Open) -> None:
    script = server.set_up()
    hand = opened(open_console(url=server.url))
    told = script.call("GET", "/health")
    assert hand.text("settings.server.address") == server.url
    assert hand.text("settings.server.state") == "Well"
    assert told["server_key"] in facts(hand)
    assert f"Version: {told['version']}" in facts(hand)
    assert "Its own host" in facts(hand)
    assert "Data folder" not in facts(hand)
    assert not hand.see("settings.server.keep").isEnabled()
    hand.reads("settings.server.keep.text", "only connects")
    server.kill()
    hand.reads("settings.server.state", "Away")
    server.start()
    hand.reads("settings.server.state", "Well")


def test_what_is_wrong_with_it_is_told_in_words(
    server: LivingServer, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.set_up()
    details: dict[str, Any] = {
        "trouble": "disk_full",
        "warnings": ["unlisted_proxy", "something_new"],
        "waiting_writes": 1200,
        "database": {"kind": "sqlite", "busy": True},
        "odd": None,
    }
    told = Health(status="read_only", version="9.9", setup_done=True, details=details, server_key="KEY")
    hand = opened(open_console(url=server.url))
    monkeypatch.setattr("desktop.core.client.Client.health", lambda _: told)
    hand.see("page.settings.server").reload()
    hand.reads("settings.server.state", "Read only")
    said = hand.text("settings.server.warnings.text").split("\n\n")
    assert [line.split()[0] for line in said] == ["The", "Somebody", "something_new"]
    assert "disk is full" in said[0]
    assert "Waiting writes: 1,200\nDatabase, kind: sqlite\nDatabase, busy: Yes" in facts(hand)
    assert "odd" not in facts(hand).lower()


@pytest.mark.parametrize("code", [*HealthWarning, *Trouble])
def test_each_warning_is_told_in_words(stage: Stage, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    told = Health(status="degraded", version="9.9", setup_done=True, details={"warnings": [code]})
    monkeypatch.setattr(stage.desk.client, "health", lambda: told)
    stage.shell("settings").show_page("settings.server")
    stage.settle()
    assert len(stage.find("settings.server.warnings.text", Text).text().split()) > 5, "words, and not the code"


def test_which_certificate_is_lost_is_told_to_whoever_may_know(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = "/srv/c.pem is missing; put it back, or choose another one"
    stage.world.reach = reach(on=True, fault=fault)
    details = {"warnings": ["certificate_unreadable"]}
    told = Health(status="degraded", version="9.9", setup_done=True, details=details)
    monkeypatch.setattr(stage.desk.client, "health", lambda: told)
    stage.shell("settings").show_page("settings.server")
    stage.settle()
    assert stage.find("settings.server.warnings.text", Text).text().startswith(fault)


@pytest.mark.parametrize(("days", "said"), [(3, "ends soon: "), (-3, "has ended on ")])
def test_each_warning_is_a_paragraph_and_what_is_over_does_not_end_soon(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, days: int, said: str
) -> None:
    ends = reach().now + timedelta(days=days)
    held = Certificate(names=["nw"], expires_at=ends, renews_at=None, file="/srv/c.pem")
    stage.world.reach = reach(on=True, certificate=held, authority=None, how="certificate")
    details = {"warnings": ["pins_in_vain", "certificate_ends_soon"]}
    told = Health(status="degraded", version="9.9", setup_done=True, details=details)
    monkeypatch.setattr(stage.desk.client, "health", lambda: told)
    stage.shell("settings").show_page("settings.server")
    stage.settle()
    pins, certificate = stage.find("settings.server.warnings.text", Text).text().split("\n\n")
    assert pins.endswith(".")
    assert certificate.startswith(f"The server’s certificate {said}{moments.date(ends)}. Get a new one")
    assert certificate.endswith("it is read by itself.")
    [check] = [each for each in health_of(stage.world.reach) if each.name == "certificate"]
    assert (check.text == certificate, check.state) == ((False, "soon") if days > 0 else (True, "failed"))


def test_for_whom_a_certificate_is_is_told_and_another_fault_beside_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = "/srv/c.pem is for other.test, not for nw-server.local: get one that is"
    stage.world.reach = reach(on=True, fault=fault, misnamed=True, how="certificate", authority=None)
    details = {"warnings": ["certificate_other_name", "certificate_unreadable"]}
    told = Health(status="degraded", version="9.9", setup_done=True, details=details)
    monkeypatch.setattr(stage.desk.client, "health", lambda: told)
    stage.shell("settings").show_page("settings.server")
    stage.settle()
    said = stage.find("settings.server.warnings.text", Text).text()
    assert said.startswith(f"{fault}, and put it in place of these files: it is read by itself.")
    assert "A certificate file is missing, or cannot be read" in said


@pytest.mark.parametrize(
    ("standing", "part", "checked", "enabled"),
    [
        (Standing(), "ends with this console", False, True),
        (Standing("Here is no such thing."), "Here is no such thing.", False, False),
        (Standing(elsewhere=True), "another data folder", False, False),
        (Standing(installed=True), "does not run the server now", True, True),
    ],
)
def test_ones_own_server_can_be_kept_where_the_system_can(
    start_server: Start, open_console: Open, standing: Standing, part: str, *, checked: bool, enabled: bool
) -> None:
    hand, server = own(start_server, open_console, standing)
    hand.reads("settings.server.keep.text", part)
    box = hand.see("settings.server.keep")
    hand.wait(lambda: box.isEnabled() is enabled, "the check box")
    assert box.isChecked() is checked
    assert f"Data folder: {server.data}" in facts(hand)
    assert "This console" in facts(hand)


def test_without_any_service_the_box_says_so(start_server: Start, open_console: Open) -> None:
    hand, _ = own(start_server, open_console)
    hand.reads("settings.server.keep.text", "no way here")
    assert not hand.see("settings.server.keep").isEnabled()


def test_a_refusal_is_shown_the_box_stays_and_the_server_is_back(start_server: Start, open_console: Open) -> None:
    hand, _ = own(start_server, open_console, Standing(), refuses="The system said no.")
    hand.click("settings.server.keep")
    hand.reads("settings.server.keep.refused.text", "The system said no.")
    hand.reads("sidebar.server", "connected")
    box = hand.see("settings.server.keep")
    hand.wait(box.isEnabled, "the box")
    assert not box.isChecked()
    assert "This console" in facts(hand)


def test_while_the_server_changes_hands_closing_waits_for_it(start_server: Start, open_console: Open) -> None:
    may = Event()

    def services(folder: Path) -> Service:
        made = Pretended(server_of(folder))
        made.may_refuse = may
        return made

    server = start_server()
    server.set_up()
    server.stop()
    hand = opened(open_console(folder=server.data, services=services))
    hand.click("settings.server.keep")
    hand.reads("settings.server.keep.text", "handed over")
    assert not hand.see("settings.server.keep").isEnabled()
    hand.window.close()
    hand.window.close()
    assert hand.window.isVisible()
    closed: list[bool] = []
    hand.window.closed.connect(lambda: closed.append(True))
    may.set()
    hand.wait(lambda: closed, "the window to close by itself")


def test_going_on_after_log_out_is_offered_and_its_refusal_shown(start_server: Start, open_console: Open) -> None:
    stands = Standing(installed=True, running=True, outlives_session=False)
    hand, _ = own(start_server, open_console, stands, refuses="loginctl says: no.")
    hand.reads("settings.server.keep.text", "ends when you log out")
    hand.click("settings.server.outlive")
    hand.reads("settings.server.keep.refused.text", "loginctl says: no.")


def test_a_server_that_another_console_started_is_its_to_hand_over(server: LivingServer, open_console: Open) -> None:
    server.set_up()

    def services(folder: Path) -> Service:
        return Pretended(server_of(folder))

    hand = opened(open_console(folder=server.data, services=services))
    hand.reads("settings.server.keep.text", "Another console")
    assert not hand.see("settings.server.keep").isEnabled()
    assert "Another console" in facts(hand)


def test_at_twice_the_text_size_it_stays_and_nothing_of_it_is_cut_off(start_server: Start, open_console: Open) -> None:
    hand, _ = own(start_server, open_console, Standing(installed=True, outlives_session=False))
    hand.console.settings.set(Settings.text_size, "200")
    hand.console.theme.choose(ThemeChoice.LIGHT, 2.0)
    try:
        hand.console.arrival.show_again()
        hand.see("settings.server.facts")
        hand.wait(lambda: not cut_off(hand.window), f"nothing cut off: {cut_off(hand.window)}")
    finally:
        hand.console.theme.choose(ThemeChoice.LIGHT, 1.0)


WORK = Work(
    Path("/home/a b/Countersign & Söhne"),
    ("/opt/Countersign/countersign-server", "serve", "--data", "/home/a b/Countersign & Söhne", "--port", "0"),
    Path("/opt/Countersign"),
    {"COUNTERSIGN_HOLD": "<0>"},
    "1.2.3",
)


def test_the_launch_agent_says_what_macos_has_to_know(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    agent = LaunchAgent(WORK)
    told = plistlib.loads(agent.definition())
    assert told["ProgramArguments"] == list(WORK.command)
    assert told["EnvironmentVariables"] == {"COUNTERSIGN_HOLD": "<0>"}
    assert told["RunAtLoad"] is True
    assert told["KeepAlive"] == {"SuccessfulExit": False}
    assert agent.file == tmp_path / "Library" / "LaunchAgents" / "countersign.server.plist"
    assert agent._is_ours(agent.definition())
    assert not LaunchAgent(server_of(tmp_path))._is_ours(agent.definition())
    assert not agent._is_ours(b"no plist")


def test_the_scheduled_task_says_what_windows_has_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERDOMAIN", "NORTHWIND")
    monkeypatch.setenv("USERNAME", "amelia")
    task = ET.fromstring(ScheduledTask(WORK).definition())  # noqa: S314 - our own

    def text(path: str) -> str:
        found = task.find("/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/")))
        assert found is not None, path
        return found.text or ""

    assert text("Triggers/LogonTrigger/UserId") == "NORTHWIND\\amelia"
    assert text("Principals/Principal/LogonType") == "InteractiveToken"
    assert text("Settings/ExecutionTimeLimit") == "PT0S"
    assert text("Actions/Exec/Arguments") == (
        '--headless /opt/Countersign/countersign-server serve --data "/home/a b/Countersign & Söhne" --port 0'
    )
    assert text("Actions/Exec/WorkingDirectory") == "/opt/Countersign"


def test_each_system_has_its_own_and_the_command_outlives_its_console(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for system, kind in (("linux", Systemd), ("darwin", LaunchAgent), ("win32", ScheduledTask)):
        monkeypatch.setattr(sys, "platform", system)
        assert type(service.service_of(tmp_path)) is kind
    monkeypatch.setattr(sys, "platform", "sunos5")
    assert service.service_of(tmp_path) is None
    command = server_of(tmp_path).command
    assert "--parent-pipe" not in command
    assert command[-2:] == ("--data", str(tmp_path))  # and no port: what is in server.toml counts
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/Countersign/countersign")
    assert server_of(tmp_path).command[0] == "/opt/Countersign/countersign-server"
    assert server_of(tmp_path).directory == Path("/opt/Countersign")


def test_what_a_command_of_the_system_says_becomes_a_sentence() -> None:
    assert ask("echo", "fine") == "fine"
    with pytest.raises(Refused, match="sh says: first"):
        ask("sh", "-c", "echo first >&2; echo second >&2; exit 4")
    with pytest.raises(Refused, match="exit status 4"):
        ask("sh", "-c", "exit 4")
    with pytest.raises(Refused, match="no no-such-command"):
        ask("no-such-command")
    with pytest.raises(Refused, match="sleep did not answer"):
        ask("sleep", "60", within=0.1)


def test_a_page_that_is_gone_hears_no_more_that_the_server_failed(stage: Stage) -> None:
    keeper = keeper_of(stage)
    shiboken6.delete(stage.shell("overview", keeper))
    now = stage.shell("overview", keeper)
    keeper.host.failed.emit("it has no more room")
    assert "it has no more room" in "".join(each.text() for each in now.banners.findChildren(QLabel))
