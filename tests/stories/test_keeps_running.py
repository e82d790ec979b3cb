"""The server goes on when its console is closed: under a real systemd of the user, where one can be started."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from PySide6.QtCore import QTimer

from desktop import host, keeper
from desktop.demo.phone import SoftwarePhone
from desktop.keeper import By
from desktop.service import service_of
from desktop.service.systemd import UNIT, Systemd
from desktop.service.work import Work, server_of
from tests.desktop.hand import Hand
from tests.living import LivingServer
from tests.proving import wait_for

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]
MANAGERS = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")
BOOTED = Path("/run/systemd/system")
ALONE = """\
mount -t tmpfs -o mode=755 tmpfs /run/systemd && mkdir /run/systemd/system || exit 1
for root in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
    mkdir "$root/$1" 2>/dev/null && echo $$ > "$root/$1/cgroup.procs" && break
done
exec "$2" --user
"""
"""Where the computer was not booted with systemd: a room of its own that says it was, and its own control group."""


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Start a second systemd of the user, which knows nothing of the first; the folder of its units."""
    program = next((each for each in MANAGERS if Path(each).exists()), "")
    if not program or shutil.which("systemctl") is None:
        pytest.skip("there is no systemd here")
    room = Path(tempfile.mkdtemp(prefix="countersign-"))  # short: the names of sockets go no further than 107 letters
    for name in ("run", "config"):
        (room / name).mkdir(mode=0o700)
    first, own = dict(os.environ), {"XDG_RUNTIME_DIR": str(room / "run"), "XDG_CONFIG_HOME": str(room / "config")}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    group = room.name
    alone = ["unshare", "--mount", "sh", "-c", ALONE, "sh", group, program]
    whose = ["--user"] if os.getuid() else []
    beside = ["systemd-run", *whose, "--scope", "--property=Delegate=yes", "env", "-u", "DBUS_SESSION_BUS_ADDRESS"]
    manager = subprocess.Popen(
        [*beside, *(f"{name}={value}" for name, value in own.items()), program, "--user"] if BOOTED.is_dir() else alone,
        env=first if BOOTED.is_dir() else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        with contextlib.suppress(AssertionError):
            wait_for(lambda: manager.poll() is not None or systemctl("show", "--property=Version") == 0, 15)
        if systemctl("show", "--property=Version") != 0:
            manager.kill()
            said = manager.communicate()[1].decode(errors="replace").strip()
            pytest.skip(f"a systemd of the user cannot be started here: {said or manager.returncode}")
        yield room / "config" / "systemd" / "user"
    finally:
        manager.terminate()
        manager.communicate(timeout=30)
        for root in Path("/sys/fs/cgroup").glob(f"**/{group}"):
            for folder in sorted((each for each in root.rglob("*") if each.is_dir()), reverse=True):
                folder.rmdir()
            root.rmdir()
        shutil.rmtree(room, ignore_errors=True)


def systemctl(*words: str) -> int:
    return subprocess.run(["systemctl", "--user", *words], capture_output=True, check=False).returncode


def pid_of(folder: Path) -> int:
    try:
        return int(json.loads((folder / "server.json").read_text())["pid"])
    except (OSError, ValueError):
        return 0


def by(hand: Hand) -> By | None:
    found = hand.console.arrival.keeper
    return found.by if found is not None else None


def sign_in(hand: Hand, phone: SoftwarePhone) -> None:
    hand.sign_in()
    code = hand.text("waiting.code")
    asked = next(each for each in phone.pending() if each.details["action"] == "sign_in")
    phone.approve(asked.id, code)
    hand.see("nav.settings")


def to_server_page(hand: Hand) -> None:
    hand.click("nav.settings")
    hand.click("settings.tab.server")
    hand.see("settings.server.facts")


def test_it_changes_hands_and_back_and_nothing_is_lost(systemd: Path, start_server: Start, open_console: Open) -> None:
    server = start_server()
    script, phone = server.protected()
    user = script.user("mia.brandt@contoso.example", name="Mia Brandt")
    server.stop()
    hand = open_console("console.ini", folder=server.data, services=service_of)
    sign_in(hand, phone)
    to_server_page(hand)
    assert by(hand) is By.CONSOLE
    asked = script.delete(user)
    hand.reads("approvals.count", "1 waiting")
    console_pid = pid_of(server.data)

    hand.click("settings.server.keep")
    away = shown_ever(hand, "banner.server")
    hand.wait(lambda: by(hand) is By.SERVICE, "the service")
    hand.reads("settings.server.keep.text", "runs the server")
    hand.reads("sidebar.server", "connected")
    assert not away
    assert hand.see("settings.server.keep").isChecked()
    service_pid = pid_of(server.data)
    assert service_pid not in (0, console_pid)
    assert not alive(console_pid)
    hand.reads("approvals.count", "1 waiting")
    phone.approve(asked["id"], asked["code"])
    hand.see("approvals.empty")
    assert script.request(asked["id"])["status"] == "executed"

    asked = script.delete(script.user("julia.meier@contoso.example"))
    hand.reads("approvals.count", "1 waiting")
    hand.window.close()
    assert not hand.window.isVisible()
    assert script.request(asked["id"])["status"] == "pending"
    assert pid_of(server.data) == service_pid

    again = open_console("console.ini", services=service_of)
    sign_in(again, phone)
    to_server_page(again)
    again.wait(lambda: by(again) is By.SERVICE, "the service")
    assert pid_of(server.data) == service_pid
    again.reads("approvals.count", "1 waiting")
    again.click("settings.server.keep")
    again.wait(lambda: by(again) is By.CONSOLE, "the console's own")
    again.reads("settings.server.keep.text", "ends with this console")
    assert not again.see("settings.server.keep").isChecked()
    assert not alive(service_pid)
    again.reads("approvals.count", "1 waiting")
    assert [each for each in systemd.rglob("*") if not each.is_dir()] == []
    assert systemctl("cat", UNIT) != 0
    last_pid = pid_of(server.data)
    again.close()
    assert not alive(last_pid)


def test_a_service_that_was_killed_is_started_again_and_the_console_needs_nobody(
    systemd: Path, start_server: Start, open_console: Open
) -> None:
    server = start_server()
    server.set_up()
    server.stop()
    service_of_it = Systemd(server_of(server.data))
    service_of_it.install()
    wait_for(lambda: pid_of(server.data), 40)
    hand = open_console(folder=server.data, services=service_of)
    hand.sign_in()
    hand.reads("sidebar.server", "connected")
    assert by(hand) is By.SERVICE
    first = pid_of(server.data)
    os.kill(first, signal.SIGKILL)
    hand.wait(lambda: pid_of(server.data) not in (0, first), "another server")
    hand.reads("sidebar.server", "connected")
    hand.wait(lambda: by(hand) is By.SERVICE, "the service")
    assert (systemd / UNIT).exists()


def test_a_service_of_another_version_is_brought_to_this_one(
    systemd: Path, start_server: Start, open_console: Open
) -> None:
    server = start_server()
    server.set_up()
    server.stop()
    now = server_of(server.data)
    Systemd(Work(now.folder, now.command, now.directory, now.settings, "0.0.1")).install()
    wait_for(lambda: pid_of(server.data), 40)
    old, told = pid_of(server.data), (systemd / UNIT).read_bytes()
    hand = open_console(folder=server.data, services=service_of)
    hand.see("sign_in.username")
    assert (systemd / UNIT).read_bytes() == Systemd(now).definition() != told
    assert pid_of(server.data) not in (0, old)
    assert not alive(old)


def test_a_service_that_does_not_answer_is_taken_away_again(
    systemd: Path, start_server: Start, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server()
    server.set_up()
    server.stop()
    now = server_of(server.data)
    mute = Work(now.folder, ("/bin/sh", "-c", "sleep 600", "--data", str(now.folder), "--port", "0"), now.directory)
    monkeypatch.setattr(keeper, "SERVICE_WITHIN", 0.5)
    hand = open_console(folder=server.data, services=lambda _: Systemd(mute))
    hand.sign_in()
    to_server_page(hand)
    hand.click("settings.server.keep")
    hand.reads("settings.server.keep.refused.text", "did not answer")
    hand.wait(lambda: by(hand) is By.CONSOLE, "the console's own")
    hand.reads("sidebar.server", "connected")
    assert not hand.see("settings.server.keep").isChecked()
    assert [each for each in systemd.rglob("*") if not each.is_dir()] == []


def test_where_its_service_cannot_run_the_console_does(
    systemd: Path, start_server: Start, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server()
    server.set_up()
    server.stop()
    now = server_of(server.data)
    fails = ("/bin/sh", "-c", "sleep 1; exit 1")  # not at once, which systemctl itself may report
    broken = Systemd(Work(now.folder, (*fails, "--data", str(now.folder), "--port", "0"), now.directory))
    broken.install()
    monkeypatch.setattr(host, "SERVICE_WITHIN", 600)
    hand = open_console(folder=server.data, services=lambda _: broken)
    hand.sign_in()
    to_server_page(hand)
    assert by(hand) is By.CONSOLE
    hand.reads("settings.server.keep.text", "does not run the server now")
    hand.click("settings.server.keep")
    hand.reads("settings.server.keep.text", "ends with this console")
    assert [each for each in systemd.rglob("*") if not each.is_dir()] == []


def test_any_folder_and_setting_reaches_the_server_as_it_is(systemd: Path, tmp_path: Path) -> None:
    folder = tmp_path / '50 % "off" for $HOME\'s \\ café'
    plain = server_of(folder)
    work = Work(folder, plain.command, plain.directory, {"COUNTERSIGN_REQUEST_LIFETIME": "77", "ODD": 'a "b" %h $PATH'})
    service = Systemd(work)
    try:
        service.install()
        wait_for(lambda: pid_of(folder), 40)
        environment = Path(f"/proc/{pid_of(folder)}/environ").read_text().split("\0")
        assert 'ODD=a "b" %h $PATH' in environment
        assert service.installed()
        assert service.running()
        assert not Systemd(server_of(tmp_path / "50 %")).installed()
        url = json.loads((folder / "server.json").read_text())["url"]
        assert requests.get(f"{url}/api/v1/health", timeout=10).json()["setup_done"] is False
        assert (systemd / UNIT).stat().st_mode & 0o777 == 0o600
    finally:
        service.remove()


def test_without_a_systemd_of_the_user_a_sentence_says_so_and_nothing_is_left(
    start_server: Start, open_console: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    server = start_server()
    server.set_up()
    server.stop()
    hand = open_console(folder=server.data, services=service_of)
    hand.sign_in()
    to_server_page(hand)
    hand.reads("settings.server.keep.text", "needs systemd")
    assert not hand.see("settings.server.keep").isEnabled()
    assert not (tmp_path / "config").exists()


def shown_ever(hand: Hand, name: str) -> list[bool]:
    """Note from now on whether a widget was shown."""
    seen: list[bool] = []
    timer = QTimer(hand.window)
    timer.timeout.connect(lambda: seen.extend([True] if hand.seen(name) else []))
    timer.start(50)
    return seen


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_phones_connect_to_the_server_that_a_service_runs(
    systemd: Path, start_server: Start, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_INSTALL_PORT", "0")
    server = start_server()
    server.set_up()
    server.stop()
    hand = open_console("console.ini", folder=server.data, services=service_of)
    hand.sign_in()
    to_server_page(hand)
    hand.click("settings.server.keep")
    hand.wait(lambda: by(hand) is By.SERVICE, "the service")
    first = pid_of(server.data)
    assert (systemd / UNIT).exists()
    hand.click("settings.phones.open")
    hand.see("reach.name.other").click()
    hand.type("reach.other_name", "nw-server.test")
    hand.click("reach.go")
    hand.reads("reach.address_warning.text", "leads nowhere")
    hand.click("reach.go")
    hand.see("reach.install.qr")
    assert by(hand) is By.SERVICE
    assert pid_of(server.data) not in (0, first)
    [authority] = (server.data / "tls").rglob("authority.pem")
    told = json.loads((server.data / "server.json").read_text())
    assert told["url"].startswith("https://nw-server.test:")
    port = told["url"].rsplit(":", 1)[1]
    answer = requests.get(f"https://localhost:{port}/api/v1/health", verify=str(authority), timeout=10)
    assert answer.json()["setup_done"] is True
    hand.click("reach.close")
    hand.gone("reach")
