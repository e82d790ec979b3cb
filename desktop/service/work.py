"""What a service runs: the server's command on a folder, and what it needs around it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from desktop.core.version import version
from desktop.server_process import program

SETTINGS = "COUNTERSIGN_"


@dataclass(frozen=True)
class Work:
    """Two are equal if a service that does the one need not be changed to do the other."""

    folder: Path
    command: tuple[str, ...]
    directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables: the server's settings, the same as for a server that the console starts."""
    version: str = ""
    """Another version under the same path must be started anew."""

    @property
    def writable(self) -> bool:
        """Tell whether all of it can be said in a text of lines, without one of them becoming two."""
        words = (*self.command, str(self.directory), *(f"{name}={value}" for name, value in self.settings.items()))
        return all(word.isprintable() for word in words)

    @property
    def name(self) -> str:
        """What lists of services call it."""
        return f"Countersign approval server {self.version}".rstrip()


def server_of(folder: Path) -> Work:
    """Return the work of this program's own server; without the parent pipe, since it is to outlive its console."""
    directory = Path(sys.executable).parent if getattr(sys, "frozen", False) else Path(__file__).parents[2]
    settings = {name: value for name, value in sorted(os.environ.items()) if name.startswith(SETTINGS)}
    command = (*program(), "serve", "--data", str(folder))
    return Work(folder, command, directory, settings, version())
