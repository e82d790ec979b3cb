"""A bare Debian in a folder of its own, entered with chroot."""

import hashlib
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

RELEASE = "bookworm"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSING = re.compile(
    r"(proc|sys|dev|run|tmp|root|home/[^/]+)/"
    r"|var/(log|cache/(apt|debconf|ldconfig|fontconfig)|lib/(apt|systemd))/"
    r"|var/lib/dpkg/((status|available|diversions|statoverride)(-old)?|lock.*|triggers/.*|updates/.*)$"
    r"|etc/(passwd|group|shadow|gshadow|subuid|subgid)-$"
    r"|etc/ld\.so\.cache$"
)
"""What runs of programs and package tools leave, with or without the package."""


class Debian:
    """Needs root; its mounts vanish with each command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, *packages: str) -> None:
        """Install the smallest Debian there is, from where this machine gets its own packages."""
        include = f"--include={','.join(packages)}"
        subprocess.run(["debootstrap", "--variant=minbase", include, RELEASE, self.folder, _source()], check=True)

    def run(self, *command: str, **more: str) -> str:
        """Run a command as root; return what it printed."""
        done = subprocess.run(
            self.inside(command),
            env={"PATH": PATH, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", **more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, user: str, command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[str]":
        """Start a command as somebody, with this environment alone."""
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return subprocess.Popen(
            self.inside([*become, *command]),
            env={"PATH": PATH, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def inside(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs this one in here."""
        return ["unshare", "--mount", f"--root={self.folder}", "--mount-proc", *command]

    def path(self, inside: str) -> Path:
        """Return where a file of this Debian lies outside of it."""
        return self.folder / inside.lstrip("/")

    def files(self) -> dict[str, str]:
        """Return every file with what it is; those in /etc with what they say."""
        found = {}
        for folder, folders, files in os.walk(self.folder):
            for name in (*folders, *files):
                path = Path(folder, name)
                inside = str(path.relative_to(self.folder))
                if not PASSING.match(inside):
                    found[inside] = _state(path, read=inside.startswith("etc/"))
        return found


def _state(path: Path, *, read: bool) -> str:
    if path.is_symlink():
        return f"link to {path.readlink()}"
    if path.is_file() and read:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{path.lstat().st_mode:o}"


def _source() -> str:
    """Return the address of the archive that apt uses here."""
    told = "".join(file.read_text() for file in sorted(Path("/etc/apt").rglob("*.sources")))
    found = re.search(r"^URIs: *(\S+)", told, re.MULTILINE)
    if found is None:
        told = "".join(file.read_text() for file in sorted(Path("/etc/apt").rglob("*.list")))
        found = re.search(r"^deb (?:\[[^]]*\] )?(\S+)", told, re.MULTILINE)
    assert found is not None, "apt has no sources here"
    return found[1]
