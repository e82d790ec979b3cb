"""Stories have consoles and phones alike."""

from tests.desktop.conftest import open_console
from tests.phone.conftest import browser, camera, handset_for

__all__ = ["browser", "camera", "handset_for", "open_console"]
