"""macOS: a LaunchAgent of the user. Written after Apple's manual pages, never run."""

import os
import plistlib
from pathlib import Path

from typing_extensions import override

from desktop.service.service import Refused, Service, ask

LABEL = "countersign.server"


class LaunchAgent(Service):
    """Ends when the user logs out, as all agents do."""

    @property
    @override
    def file(self) -> Path:
        return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"

    @override
    def definition(self) -> bytes:
        work = self.work
        return plistlib.dumps(
            {
                "Label": LABEL,
                "ProgramArguments": list(work.command),
                "WorkingDirectory": str(work.directory),
                "EnvironmentVariables": dict(work.settings),
                "RunAtLoad": True,
                "KeepAlive": {"SuccessfulExit": False},
                "ThrottleInterval": 10,
                "ExitTimeOut": 15,
                "ProcessType": "Background",
                "Umask": 0o077,
                "StandardErrorPath": str(work.folder / "server.log"),
                "Version": work.version,  # launchd passes over what it does not know
            }
        )

    @override
    def fault(self) -> str:
        return ""

    @override
    def running(self) -> bool:
        try:
            return "state = running" in ask("launchctl", "print", f"{self._domain}/{LABEL}")
        except Refused:
            return False

    @override
    def start(self) -> None:
        try:
            ask("launchctl", "kickstart", f"{self._domain}/{LABEL}")
        except Refused:  # it is not loaded
            self._load()

    @override
    def _is_ours(self, definition: bytes) -> bool:
        try:
            command = plistlib.loads(definition).get("ProgramArguments", [])
        except (plistlib.InvalidFileException, ValueError, AttributeError):
            return False
        return str(self.work.folder) in command

    @override
    def _load(self) -> None:
        if self.running():
            self._unload()
        ask("launchctl", "bootstrap", self._domain, str(self.file))

    @override
    def _unload(self) -> None:
        ask("launchctl", "bootout", f"{self._domain}/{LABEL}")

    @property
    def _domain(self) -> str:
        return f"gui/{os.getuid()}"
