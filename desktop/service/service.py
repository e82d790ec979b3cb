"""What all services have in common: a definition in a file, and a part of the system that obeys it."""

import contextlib
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from desktop.core.words import t
from desktop.service.work import Work

ANSWER_WITHIN = 30.0
"""Seconds for a command of the system."""
ASK_WITHIN = 180.0
"""Seconds for one that may ask a person for a password."""


class Refused(Exception):
    """The system does not do it; the text is a sentence for a person."""


@dataclass(frozen=True)
class Standing:
    """How things are with the service of a folder."""

    fault: str = ""
    """Why there can be none here, in a sentence."""
    installed: bool = False
    elsewhere: bool = False
    """It is there, but for another folder."""
    running: bool = False
    outlives_session: bool | None = None
    """Whether it goes on after its owner has logged out; None where that cannot be changed."""


class Service(ABC):
    """All of it blocks, so it is called off the GUI thread."""

    def __init__(self, work: Work) -> None:
        self.work = work

    @property
    @abstractmethod
    def file(self) -> Path:
        """Where the definition lies."""

    @abstractmethod
    def definition(self) -> bytes:
        """Return what the file should say."""

    @abstractmethod
    def fault(self) -> str:
        """Say in a sentence why there can be no service here; nothing where there can."""

    @abstractmethod
    def running(self) -> bool:
        """Tell whether the system says that it runs."""

    @abstractmethod
    def start(self) -> None:
        """Start it, unless it runs."""

    def installed(self) -> bool:
        """Tell whether it is there for this very folder."""
        found = self._found()
        return found is not None and self._is_ours(found)

    def stale(self) -> bool:
        """Tell whether what is installed would run another program, or another version of it."""
        return self.installed() and self._found() != self.definition()

    def standing(self) -> Standing:
        """Tell all of it."""
        if fault := self.fault():
            return Standing(fault)
        installed = self.installed()
        return Standing(
            installed=installed,
            elsewhere=not installed and self._found() is not None,
            running=installed and self.running(),
            outlives_session=self.outlives_session(),
        )

    def install(self) -> None:
        """Write the definition, and start what it says, anew if it ran; leaves nothing behind if that is refused."""
        if fault := self.fault():
            raise Refused(fault)
        if not self.work.writable:
            raise Refused(t("console.service.odd"))
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            part = self.file.with_name(f"{self.file.name}.new")
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(self.definition())
            part.replace(self.file)
        except OSError as error:
            raise Refused(t("console.service.unwritable", file=self.file, why=error.strerror or error)) from error
        try:
            self._load()
        except Refused:
            with contextlib.suppress(Refused):
                self.remove()
            raise

    def remove(self) -> None:
        """Stop it, and take all of it away."""
        try:
            self._unload()
        finally:
            self.file.unlink(missing_ok=True)

    def outlives_session(self) -> bool | None:
        """Tell whether it goes on after log-out; None where that cannot be changed."""
        return None

    def outlive_session(self) -> None:
        """Let it go on after log-out."""
        raise NotImplementedError

    @abstractmethod
    def _is_ours(self, definition: bytes) -> bool:
        """Tell whether a definition is about this folder."""

    @abstractmethod
    def _load(self) -> None:
        """Let the system read the file, and start what it says, anew if it ran."""

    @abstractmethod
    def _unload(self) -> None:
        """Let the system stop it, and not start it again."""

    def _found(self) -> bytes | None:
        try:
            return self.file.read_bytes()
        except OSError:
            return None


def ask(*command: str, within: float = ANSWER_WITHIN) -> str:
    """Run one of the system's own commands, and return what it says; raises `Refused` with its words."""
    try:
        done = subprocess.run(  # noqa: S603 - none of it comes from elsewhere
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_environment(),
            timeout=within,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except FileNotFoundError as error:
        raise Refused(t("console.service.no_command", command=command[0])) from error
    except subprocess.TimeoutExpired as error:
        raise Refused(t("console.service.silent", command=command[0])) from error
    said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
    if done.returncode:
        words = said.splitlines()[0] if said else t("console.service.status", status=done.returncode)
        raise Refused(t("console.service.said", command=command[0], words=words))
    return done.stdout.decode("utf-8", "replace").strip()


def _environment() -> dict[str, str]:
    """Return ours, but the system's commands must not load the libraries that a frozen console brings along."""
    found = dict(os.environ)
    before = found.pop("LD_LIBRARY_PATH_ORIG", None)
    if getattr(sys, "frozen", False):
        found.pop("LD_LIBRARY_PATH", None)
        if before:
            found["LD_LIBRARY_PATH"] = before
    return found
