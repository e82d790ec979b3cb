"""How long the console takes from its process's start to its first paint, against a bare PySide6 window.

    uv run python -m tests.benchmarks.console_start [--runs 15]

Each is a process of its own, started in turn, so that a noisy machine is noisy for all. The console starts as its
command does: on an empty data folder, where it shows the first-run screen, and with a server that it knows, which it
looks for. The bare window is a `QMainWindow` with a label.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]

WATCH = """
import os, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and isinstance(watched.window(), QMainWindow):
            QApplication.instance().removeEventFilter(self)
            QTimer.singleShot(0, self.painted)
        return False

    def painted(self):
        print(time.monotonic(), flush=True)
        os._exit(0)

run = QApplication.exec

def watched(*_):
    watch = Watch()
    QApplication.instance().installEventFilter(watch)
    return run()

QApplication.exec = watched
"""
BARE = """
import sys
from PySide6.QtWidgets import QLabel
application = QApplication(sys.argv[:1])
window = QMainWindow()
window.setCentralWidget(QLabel("Countersign"))
window.resize(1280, 800)
window.show()
application.exec()
"""
CONSOLE = """
import sys
from desktop.__main__ import main
main(sys.argv[1:])
"""
PROGRAMS = {"bare PySide6 window": BARE, "console, first run": CONSOLE, "console, known server": CONSOLE}


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder, "known.ini")
        known.write_text("[server]\nurl=http://127.0.0.1:9\n", "utf-8")
        given = {
            "console, first run": ["--data", f"{folder}/data", "--config", f"{folder}/console.ini"],
            "console, known server": ["--config", str(known)],
        }
        for number in range(runs + 1):  # the first round fills the caches
            for name, program in PROGRAMS.items():
                took = first_paint(program, given.get(name, []))
                if number:
                    times[name].append(took)
    bare = statistics.median(times["bare PySide6 window"])
    print(f"{'to first paint, ms':22} {'median':>7} {'best':>7} {'worst':>7} {'ratio':>7}")  # noqa: T201
    for name, took_each in times.items():
        middle = statistics.median(took_each)
        columns = "".join(f"{value * 1000:8.0f}" for value in (middle, min(took_each), max(took_each)))
        print(f"{name:22}{columns}{middle / bare:8.2f}")  # noqa: T201
    print("Aim: a ratio of at most 3.")  # noqa: T201


def first_paint(program: str, arguments: list[str]) -> float:
    """Return the seconds from the process's start to its first paint."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    command = [sys.executable, "-c", WATCH + program, *arguments]
    began = time.monotonic()
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    if not told.stdout:
        sys.exit(told.stderr)
    return float(told.stdout) - began


if __name__ == "__main__":
    main()
