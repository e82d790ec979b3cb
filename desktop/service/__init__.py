"""The service that keeps the server of one folder running without a console: a way for each system."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.service.service import Service


def service_of(folder: Path) -> "Service | None":
    """Return this system's service for a data folder; None where no way is known."""
    from desktop.service.work import server_of  # noqa: PLC0415 - after the first screen, like the others

    if sys.platform == "linux":
        from desktop.service.systemd import Systemd  # noqa: PLC0415 - each system loads its own

        return Systemd(server_of(folder))
    if sys.platform == "darwin":
        from desktop.service.launchd import LaunchAgent  # noqa: PLC0415 - likewise

        return LaunchAgent(server_of(folder))
    if sys.platform == "win32":
        from desktop.service.task_scheduler import ScheduledTask  # noqa: PLC0415 - likewise

        return ScheduledTask(server_of(folder))
    return None
