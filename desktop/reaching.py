"""Changes how phones reach the server of a folder, by the bundled program's own commands."""

import errno
import os
import re
import socket
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from desktop.core.words import t
from desktop.server_process import program
from desktop.service.service import Refused

WITHIN = 60.0
"""Seconds for one of its commands."""
EVERYWHERE = "::"
"""Where the server listens when phones may come by IPv6."""
OPTIONS = ("port", "name", "pin-devices", "public-url", "trusted-proxy", "certificate", "key", "host", "ip")


@dataclass(frozen=True)
class Plan:
    """What was chosen: the words after `countersign-server tls`, and the host that phones will call."""

    words: tuple[str, ...]
    host: str

    @property
    def own(self) -> bool:
        """Tell whether it makes an authority of its own."""
        return self.words[0] == "init"

    @property
    def lets_in(self) -> bool:
        """Tell whether phones get in by it: after that one is awaited."""
        return self.words[0] not in ("off", "no-pins")


BACK = Plan(("off",), "localhost")
"""On this computer alone again."""


def is_set_up(folder: Path) -> bool:
    """Tell whether the settings of a folder say how to be reached, so that `BACK` changes something."""
    try:
        found = tomllib.loads((folder / "server.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return any(name in found for name in ("host", "port", "public_url", "tls_certificate", "tls_key"))


def no_pins(host: str) -> Plan:
    """Return what lets no phone confirm with a PIN any more; how phones reach the server stays."""
    return Plan(("no-pins",), host)


def fault_of_port(port: int, host: str = "") -> str:
    """Say why no server could listen there now, tried by listening; nothing where one could.

    As for the server, nothing stands for each network by IPv4, and `::` for each by both.
    """
    for each in ("", EVERYWHERE) if host == EVERYWHERE else (host,):
        try:
            _listen(port, each)
        except OSError as error:
            if error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                continue  # IPv6 is off, or the address is not this computer's: no matter of the port
            forbidden = error.errno in (errno.EACCES, errno.EPERM)
            return t("console.reach.port_forbidden" if forbidden else "console.reach.port_taken", port=port)
    return ""


def _listen(port: int, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server: remains of calls do not count
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        probe.bind((host, port))
        probe.listen()


def in_words(said: str) -> str:
    """Return what the program said as a sentence, without the options of its command line, which nobody types here.

    A whole command stays as it is, between backticks: that is for who goes to the command line.
    """

    def named(option: re.Match[str]) -> str:
        if option[1] is None:
            return option[0]
        name = option[1].replace("-", "_")
        return t(f"console.reach.option.{name}") if option[1] in OPTIONS else name.replace("_", " ")

    said = re.sub(r"^[\w -]*countersign-server[\w -]*: (error: )?", "", said)
    said = re.sub(r"`[^`]*`|(?:argument )?--([a-z][a-z-]*)", named, said)
    return said if not said or said.endswith((".", "!", "?", "…")) else f"{said}."


def _written(folder: Path) -> bytes:
    settings = folder / "server.toml"
    return settings.read_bytes() if settings.is_file() else b""


def carry_out(plan: Plan, folder: Path) -> None:
    """Write it into the folder's settings; blocks. Raises `Refused` with the program's last words."""
    command, before = [*program(), "tls", *plan.words, "--data", str(folder)], _written(folder)
    try:
        done = subprocess.run(  # noqa: S603 - our own program; what was typed are its arguments
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=Path(__file__).parents[1],
            timeout=WITHIN,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        if _written(folder) != before:
            return  # it is slow, but this comes last, and whole
        raise Refused(t("console.service.silent", command=command[0])) from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        words = in_words(said[-1]) if said else ""
        raise Refused(words or t("console.service.status", status=done.returncode))
