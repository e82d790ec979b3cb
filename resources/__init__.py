"""What the programs show and ship: found the same way from source and frozen."""

import sys
from pathlib import Path


def path(*parts: str) -> Path:
    """Where a shipped file lies."""
    root = Path(getattr(sys, "_MEIPASS", "")) / "resources" if hasattr(sys, "_MEIPASS") else Path(__file__).parent
    return root.joinpath(*parts)
