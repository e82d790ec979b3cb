"""Linux: a unit of the user's own systemd."""

import os
import pwd
from pathlib import Path

from typing_extensions import override

from desktop.core.words import t
from desktop.service.service import ASK_WITHIN, Refused, Service, ask

UNIT = "countersign-server.service"
LINGERING = Path("/var/lib/systemd/linger")
"""Where logind notes whose services go on after log-out."""

HARDENING = """\
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
"""
"""What a user's systemd can enforce everywhere: mounts of its own need user namespaces, which may be switched off."""


class Systemd(Service):
    """Goes on after log-out only where the user lingers."""

    @property
    @override
    def file(self) -> Path:
        configuration = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return configuration / "systemd" / "user" / UNIT

    @override
    def definition(self) -> bytes:
        work = self.work
        settings = "".join(f"Environment={quoted(f'{name}={value}')}\n" for name, value in work.settings.items())
        text = (
            f"[Unit]\nDescription={_plain(work.name)}\nStartLimitIntervalSec=0\n"
            f"ConditionFileIsExecutable={_plain(work.command[0])}\n\n"  # or else one tries again for ever
            # the colon: a dollar sign is a dollar sign
            f"[Service]\nType=exec\nExecStart=:{' '.join(quoted(part) for part in work.command)}\n"
            f"WorkingDirectory={_plain(str(work.directory))}\n{settings}"
            f"Restart=on-failure\nRestartSec=5\nTimeoutStopSec=15\n{HARDENING}\n"
            "[Install]\nWantedBy=default.target\n"
        )
        return text.encode()

    @override
    def fault(self) -> str:
        try:
            self._ask("show", "--property=Version")
        except Refused as refused:
            return t("console.service.no_systemd", why=refused)
        return ""

    @override
    def running(self) -> bool:
        return self._ask("show", "--property=ActiveState", "--value", UNIT) == "active"

    @override
    def start(self) -> None:
        self._ask("enable", "--now", UNIT)

    @override
    def remove(self) -> None:
        try:
            super().remove()
        finally:
            self._ask("daemon-reload")

    @override
    def outlives_session(self) -> bool | None:
        return (LINGERING / pwd.getpwuid(os.getuid()).pw_name).exists()

    @override
    def outlive_session(self) -> None:
        ask("loginctl", "enable-linger", pwd.getpwuid(os.getuid()).pw_name, within=ASK_WITHIN)

    @override
    def _is_ours(self, definition: bytes) -> bool:
        return f" {quoted('--data')} {quoted(str(self.work.folder))}".encode() in definition

    @override
    def _load(self) -> None:
        self._ask("daemon-reload")
        self._ask("enable", UNIT)
        self._ask("restart", UNIT)

    @override
    def _unload(self) -> None:
        self._ask("disable", "--now", UNIT)

    @staticmethod
    def _ask(*words: str) -> str:
        return ask("systemctl", "--user", "--no-ask-password", *words)


def quoted(text: str) -> str:
    """Return one word of a unit file, whatever it contains."""
    for special, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("%", "%%")):
        text = text.replace(special, escape)
    return f'"{text}"'


def _plain(text: str) -> str:
    """Return the value of a setting that takes the line as it is."""
    return text.replace("%", "%%")
