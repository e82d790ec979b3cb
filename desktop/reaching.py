"""Changes how phones reach the server of a folder, by the bundled program's own commands."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from desktop.core.words import t
from desktop.server_process import program
from desktop.service.service import Refused

WITHIN = 60.0
"""Seconds for one of its commands."""


@dataclass(frozen=True)
class Plan:
    """What was chosen: the words after `countersign-server tls`, and the host that phones will call."""

    words: tuple[str, ...]
    host: str

    @property
    def own(self) -> bool:
        """Tell whether it makes an authority of its own."""
        return self.words[0] == "init"


BACK = Plan(("off",), "localhost")
"""On this computer alone again."""


def carry_out(plan: Plan, folder: Path) -> None:
    """Write it into the folder's settings; blocks. Raises `Refused` with the program's last words."""
    command = [*program(), "tls", *plan.words, "--data", str(folder)]
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
        raise Refused(t("console.service.silent", command=command[0])) from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        words = said[-1].removeprefix("countersign-server: ") if said else ""
        raise Refused(words or t("console.service.status", status=done.returncode))
