"""The first screen waits for nothing that it does not need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = ("requests", "pydantic", "cryptography", "keyring", "qrcode", "PIL", "importlib.metadata")
PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from desktop.app import Console

application = QApplication([])
console = Console(settings=Path(sys.argv[1]), folder=Path(sys.argv[2]) if sys.argv[2] else None)
console.window.show_screen = lambda screen, show=console.window.show_screen: (
    print(type(screen).__name__, *sorted(sys.modules)), show(screen)
)
console.start()
console.close()
"""


@pytest.mark.parametrize("known", [False, True], ids=["first run", "known server"])
def test_what_the_first_screen_does_not_need_is_not_loaded(tmp_path: Path, *, known: bool) -> None:
    settings = tmp_path / "console.ini"
    if known:
        settings.write_text("[server]\nurl=http://127.0.0.1:9\n", "utf-8")
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(settings), "" if known else str(tmp_path / "data")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    screen, *loaded = told.stdout.partition("\n")[0].split()
    assert screen == ("Starting" if known else "FirstRun"), told.stderr
    assert not [name for name in SLOW if name in loaded]
