"""Stories have consoles and phones alike."""

from tests.desktop.conftest import garbage_is_collected_here, open_console
from tests.phone.conftest import browser, camera, handset_for

__all__ = ["browser", "camera", "garbage_is_collected_here", "handset_for", "open_console"]
