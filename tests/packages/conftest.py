"""The frozen folder, the .deb made of it, and a bare Debian to install it in: each made once, kept in `build/`."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.living import ROOT
from tests.packages.debian import Debian

BUILT = ROOT / "build" / "packages"
TOOLS = ("debootstrap", "dpkg-shlibdeps", "chrpath", "strip", "Xvfb", "unshare")
LIMIT = 900
MEASURED: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They take minutes, root and a Debian: only when asked for."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(LIMIT))
            if os.environ.get("COUNTERSIGN_PACKAGES") != "1":
                item.add_marker(pytest.mark.skip(reason="packages are built where COUNTERSIGN_PACKAGES=1"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was measured."""
    for line in MEASURED:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def measured() -> Callable[[str], None]:
    """Keep a line for the end of the run."""
    return MEASURED.append


@pytest.fixture(scope="session")
def folder() -> Path:
    """The folder with both programs."""
    made = BUILT / "countersign"
    with _renewed(made) as stale:
        if stale:
            command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=WARN", "build.spec"]
            places = ["--distpath", str(BUILT), "--workpath", str(ROOT / "build" / "pyinstaller")]
            subprocess.run([*command, *places], cwd=ROOT, check=True)
    return made


@pytest.fixture(scope="session")
def deb(folder: Path) -> Path:
    """The package of that folder."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    assert not missing, f"apt-get install what has {', '.join(missing)}"
    out = BUILT / "deb"
    with _renewed(out) as stale:
        if stale:
            shutil.rmtree(out, ignore_errors=True)
            subprocess.run([ROOT / "resources" / "deploy" / "deb" / "build", folder, out], check=True)
    [made] = out.glob("*.deb")
    return made


@pytest.fixture(scope="session")
def debian(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Debian:
    """A Debian that has never seen the package, but what it depends on."""
    assert os.geteuid() == 0, "chroot needs root"
    kept = ROOT / "build" / "debian.tar"
    made = Debian(tmp_path_factory.mktemp("debian"))
    if kept.is_file():
        subprocess.run(["tar", "-xf", kept, "-C", made.folder], check=True)
    else:
        made.make("systemd")
        subprocess.run(["tar", "-cf", kept, "-C", made.folder, "."], check=True)
    made.folder.chmod(0o755)  # it is the root of others than root
    made.path("/etc/hosts").write_text("127.0.0.1 localhost\n")  # as every installed Debian has it
    shutil.copyfile("/etc/resolv.conf", made.path("/etc/resolv.conf"))
    shutil.copyfile(deb, made.path("/root/countersign.deb"))
    made.run("useradd", "--create-home", "amelia")
    made.run("apt-get", "update")
    planned = made.run("apt-get", "install", "--simulate", "--no-install-recommends", "/root/countersign.deb")
    needed = [line.split()[1] for line in planned.splitlines() if line.startswith("Inst ")]
    made.run("apt-get", "install", "--yes", "--no-install-recommends", *(set(needed) - {"countersign"}))
    return made


@contextmanager
def _renewed(made: Path) -> Iterator[bool]:
    """Tell whether it has to be made again: its sources are not as they were; once made, remember them."""
    stamp, sources = made.with_name(f"{made.name}.stamp"), _stamp()
    yield not (made.is_dir() and stamp.is_file() and stamp.read_text() == sources)
    stamp.write_text(sources)


def _stamp() -> str:
    digest = hashlib.sha256()
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    names = [
        name for name in listed.stdout.decode().splitlines() if name.startswith(("desktop/", "server/", "resources/"))
    ]
    for name in ("build.spec", "uv.lock", "resources/built/stamp", *names):
        if (ROOT / name).is_file():
            digest.update(f"{name}\0".encode() + (ROOT / name).read_bytes())
    return digest.hexdigest()
