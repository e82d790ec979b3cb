"""What the programs show and ship: found the same way from source and frozen."""

import sys
from pathlib import Path


def path(*parts: str) -> Path:
    """Where a shipped file lies."""
    root = Path(getattr(sys, "_MEIPASS", "")) / "resources" if hasattr(sys, "_MEIPASS") else Path(__file__).parent
    return root.joinpath(*parts)


def missing() -> str | None:
    """Say in one line what the installation could not build (phone app, fonts, icons), null where it is whole."""
    told = path("built", "missing.txt")
    if told.is_file():
        return told.read_text(encoding="utf-8").strip()
    return None if path("built", "phone", "index.html").is_file() else "it was not built"
