"""What every screen of one console works with, whichever server it turns to."""

from dataclasses import dataclass

from desktop.core.settings import Settings
from desktop.core.tasks import Tasks
from desktop.core.vault import Vault
from desktop.window import Window


@dataclass(frozen=True)
class Means:
    """One console's."""

    window: Window
    tasks: Tasks
    vault: Vault
    settings: Settings
