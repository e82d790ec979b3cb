"""What people install is built, started, installed in a bare Debian, looked at, and removed without a trace."""

import configparser
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from PIL import Image, ImageChops, ImageGrab

from tests.living import ROOT
from tests.packages.debian import Debian

SIZE = (1280, 800)
PATIENCE = 60.0
Measured = Callable[[str], None]
QT = {"Core", "DBus", "Gui", "Svg", "Test", "WaylandClient", "Widgets", "XcbQpa"}
"""Qt's libraries that may come along: Test is the hand that drives the demo."""
LARGEST = 175_000_000
DATA = "/var/lib/countersign"


def bare(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program as `env -i` does."""
    return subprocess.run([program, *arguments], env={}, cwd="/", capture_output=True, text=True, check=False)


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(0.1)  # between two looks


def size(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())


@contextmanager
def screen() -> Iterator[str]:
    """A screen of its own, without a window manager, so that the first window lies at its corner."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as told:
            display = f":{told.readline().strip()}"
        try:
            yield display
        finally:
            server.terminate()


def likeness(one: Image.Image, other: Image.Image) -> float:
    """Return how much of two pictures is the same, but for how letters are smoothed."""
    differing = ImageChops.difference(one.convert("L"), other.convert("L")).point([0] * 64 + [255] * 192)
    return 1 - differing.histogram()[255] / (SIZE[0] * SIZE[1])


def test_the_folder_is_built_with_nothing_unneeded(folder: Path, measured: Measured) -> None:
    inner = folder / "_internal"
    libraries = {file.name.split(".")[0].removeprefix("libQt6") for file in inner.rglob("libQt6*")}
    assert libraries <= QT
    assert not (inner / "PySide6" / "Qt" / "translations").exists()
    for unneeded in ("PIL", "playwright", "tkinter", "pytest", "hypothesis", "setuptools"):
        assert not (inner / unneeded).exists(), unneeded
    examples = inner / "resources" / "deploy"  # which the console names
    assert {each.parent.name for each in examples.rglob("*") if each.is_file()} == {"caddy", "nginx", "tailscale"}
    assert size(folder) < LARGEST, f"{size(folder):,} bytes"
    measured(f"{folder.name}: {size(folder) / 1e6:.0f} MB")


def test_nothing_in_the_folder_tells_where_it_was_built(folder: Path) -> None:
    files = [file for file in folder.rglob("*") if file.is_file()]
    told = [file for file in files if bytes(ROOT / "desktop") in file.read_bytes()]
    assert told == []


def test_both_programs_start_with_an_empty_environment(folder: Path) -> None:
    for name in ("countersign", "countersign-server"):
        assert bare(folder / name, "--version").stdout.startswith(f"{name} ")
        helped = bare(folder / name, "--help")
        assert helped.returncode == 0
        assert helped.stdout.startswith(f"usage: {name}")
    without = bare(folder / "countersign")
    assert without.returncode == 1
    assert "display" in without.stderr


def test_the_frozen_demo_tells_the_whole_story(folder: Path, tmp_path: Path) -> None:
    done = bare(folder / "countersign", "demo", "--headless", "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "executed in the same transaction" in done.stdout
    assert len(list(tmp_path.glob("*.png"))) >= 12
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(folder) not in running


def test_the_frozen_server_ends_with_its_parent(folder: Path, tmp_path: Path) -> None:
    command = [str(folder / "countersign-server"), "serve", "--data", str(tmp_path), "--ready-json", "--parent-pipe"]
    with subprocess.Popen(
        command, env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        assert server.stdout.readline().startswith(b"{")
        server.stdin.close()
        assert server.wait(PATIENCE) == 0


def test_the_frozen_server_brings_what_speaks_to_postgresql(folder: Path, tmp_path: Path) -> None:
    nobody = "postgresql://nobody@127.0.0.1:1/nothing"
    command = [str(folder / "countersign-server"), "serve", "--data", str(tmp_path)]
    done = subprocess.run(
        command, env={"COUNTERSIGN_DATABASE": nobody}, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 1
    assert "connection failed" in done.stderr


def test_the_package_is_made_and_lintian_has_little_to_say(deb: Path, measured: Measured) -> None:
    measured(f"{deb.name}: {deb.stat().st_size / 1e6:.0f} MB")
    if shutil.which("lintian"):
        told = subprocess.run(["lintian", "--fail-on=error", deb], capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout


def test_purged_before_it_was_ever_started_it_leaves_nothing_at_all(debian: Debian) -> None:
    before = debian.files()
    debian.run("apt-get", "install", "--yes", "--no-install-recommends", "/root/countersign.deb")
    assert debian.run("countersign-server", "--version")
    assert set(debian.files()) > set(before)
    debian.run("apt-get", "purge", "--yes", "countersign")
    assert debian.files() == before


def test_all_libraries_are_found_in_a_bare_debian(debian: Debian) -> None:
    debian.run("apt-get", "install", "--yes", "--no-install-recommends", "/root/countersign.deb")
    home = "/usr/lib/countersign"
    found = debian.run(
        *("sh", "-c", f"find {home} -type f -name '*.so*' -exec ldd {{}} + ; ldd {home}/countersign*"),
        LD_LIBRARY_PATH=f"{home}/_internal",
    )
    assert found.count("=>") > 500
    assert [line for line in found.splitlines() if "not found" in line] == []


def test_the_desktop_entry_is_whole(debian: Debian) -> None:
    entry = debian.path("/usr/share/applications/countersign.desktop")
    assert entry.is_file()
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", entry], check=True)
    for pixels in (16, 48, 256):
        with Image.open(debian.path(f"/usr/share/icons/hicolor/{pixels}x{pixels}/apps/countersign.png")) as picture:
            assert picture.size == (pixels, pixels)


def test_the_installed_demo_tells_the_whole_story(debian: Debian) -> None:
    command = ["countersign", "demo", "--headless", "--out", "/home/amelia/demo"]
    with debian.start("amelia", command, {"HOME": "/home/amelia"}) as demo:
        told, _ = demo.communicate(timeout=PATIENCE * 6)
    assert demo.returncode == 0, told


def test_the_desktop_entrys_command_paints_the_first_run_screen(debian: Debian) -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(debian.path("/usr/share/applications/countersign.desktop"))
    command = shlex.split(entry["Desktop Entry"]["Exec"])
    seen = ROOT / "build" / "packages" / "first-run.png"
    with (
        Image.open(debian.path("/home/amelia/demo/first-run-light.png")) as wanted,
        screen() as display,
        debian.start("amelia", command, {"HOME": "/home/amelia", "DISPLAY": display}) as console,
    ):

        def painted() -> bool:
            assert console.poll() is None, console.communicate()[0]
            ImageGrab.grab(xdisplay=display).save(seen)
            with Image.open(seen) as shown:
                return likeness(shown, wanted) > 0.99

        until(painted, f"the first-run screen; {seen} is what there is")
        console.terminate()
        console.communicate(timeout=PATIENCE)


def test_the_system_service_is_off_sound_and_serves_as_its_own_user(debian: Debian, measured: Measured) -> None:
    name = "countersign-server.service"
    state = subprocess.run(
        debian.inside(["systemctl", "is-enabled", name]), capture_output=True, text=True, check=False
    )
    assert state.stdout.strip() == "disabled"
    debian.run("systemd-analyze", "verify", "--man=no", f"/usr/lib/systemd/system/{name}")
    measured(debian.run("systemd-analyze", "security", "--offline=true", "--threshold=20", name).splitlines()[-1])
    unit = configparser.RawConfigParser(strict=False)
    unit.read(debian.path(f"/usr/lib/systemd/system/{name}"))
    debian.run("install", "--directory", "--mode=700", "--owner=countersign", "--group=countersign", DATA)
    with debian.start("countersign", shlex.split(unit["Service"]["ExecStart"]), {}) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        assert said.startswith("Countersign serves http://localhost:"), said
        assert requests.get(f"{said.split()[-1]}/api/v1/health", timeout=PATIENCE).json()["status"] == "ok"
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) in (0, -signal.SIGTERM)  # it ends in good order, and then tells by what
    debian.run("systemctl", "enable", name)


def test_purged_after_use_it_leaves_what_people_made_and_nothing_else(debian: Debian) -> None:
    debian.run("apt-get", "purge", "--yes", "countersign")
    left = [name for name in debian.files() if "countersign" in name.lower()]
    assert left
    assert [name for name in left if not f"/{name}".startswith(DATA)] == []
    assert debian.run("getent", "passwd", "countersign"), "its data still belongs to it"
    assert list(debian.path("/etc/systemd/system").rglob("*countersign*")) == []
    shutil.rmtree(debian.path(DATA))
    debian.run("apt-get", "install", "--yes", "--no-install-recommends", "/root/countersign.deb")
    debian.run("apt-get", "purge", "--yes", "countersign")
    assert [name for name in debian.files() if "countersign" in name.lower()] == []
    assert "countersign" not in debian.path("/etc/passwd").read_text()
