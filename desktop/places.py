"""Where the server of a folder on this computer answers its console, as that server says in `server.json`."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from desktop.core.client import Client
from desktop.core.transport import Offline, is_loopback
from server.contract.problem import Problem


@dataclass(frozen=True)
class Place:
    """An address, and the authority (PEM) that is trusted there; none for the system's."""

    url: str
    authority: str = ""

    def answers(self) -> bool:
        """Tell whether a server answers there; blocks."""
        client = Client(self.url, self.authority)
        try:
            client.in_background().health()
        except (Offline, Problem):
            return False
        finally:
            client.close()
        return True


def place_of(folder: Path) -> Place | None:
    """Return the first place where the server of this folder answers; blocks.

    What stays on this computer comes first: it needs no name that others know.
    """
    try:
        told = json.loads((folder / "server.json").read_text("utf-8"))
        url, pid = str(told["url"]).rstrip("/"), int(told["pid"])
        local, authority = str(told.get("local") or "").rstrip("/"), _certificate(folder, told.get("ca"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not _lives(pid):
        return None
    places = [Place(local, authority if local.startswith("https:") else "")] if local else []
    if authority and not is_loopback(url):
        places.append(Place(f"https://localhost:{urlsplit(url).port or 443}", authority))
    places.append(Place(url, authority if url.startswith("https:") else ""))
    return next((place for place in places if place.answers()), None)


def _certificate(folder: Path, named: object) -> str:
    return (folder / str(named)).read_text("ascii") if named else ""


def _lives(pid: int) -> bool:
    """Tell whether a process has this id, where asking is harmless."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
