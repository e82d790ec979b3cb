"""`countersign-server` that serves the phone app from the folder in PHONE_APP, where a test puts a new version."""

import os
import sys
from pathlib import Path

import resources
from server.cli import main

shipped = resources.path


def path(*parts: str) -> Path:
    """Where a shipped file lies, but for the app."""
    return Path(os.environ["PHONE_APP"]) if parts == ("built", "phone") else shipped(*parts)


resources.path = path

if __name__ == "__main__":
    sys.exit(main())
