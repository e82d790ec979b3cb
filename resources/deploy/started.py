"""Runs first in each frozen program, and puts right what freezing has changed around it."""

import os
import sys
from pathlib import Path

if sys.platform == "linux":  # where PyInstaller's own libraries are found; programs of the system must not take them
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before:
        os.environ["LD_LIBRARY_PATH"] = before

if sys.stdout is None:  # on Windows, for the program without a terminal: what it says goes nowhere, instead of failing
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as it runs
