"""`countersign demo`: the real console and the real server on sample data, beside a clearly labelled demo phone.

With `--headless` the first story is told by itself, one line a step, with pictures; anything wrong ends non-zero.
"""

import os
import sys
import tempfile
from pathlib import Path

from desktop.parser import Parser


def run(arguments: list[str]) -> int:
    """Run the demo; return its exit status."""
    given = _parser().parse_args(arguments)
    if given.version:
        from desktop.core.version import version  # noqa: PLC0415 - slow to find out

        _say(f"countersign {version()}")
        return 0
    if not given.headless and not _has_display():
        _say("There is no display, so the demo runs headless.")
        given.headless = True
    if given.headless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="countersign-demo-data-") as folder:
        from desktop.demo import staging  # noqa: PLC0415 - the platform is chosen before Qt is loaded

        if given.headless:
            try:
                out = given.out or Path(tempfile.mkdtemp(prefix="countersign-demo-"))
                out.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                sys.stderr.write(f"countersign demo: {error.filename} cannot be written to: {error.strerror}\n")
                return 1
            return staging.tell(Path(folder), out.resolve())
        return staging.show(Path(folder))


def _has_display() -> bool:
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command's answer


def _parser() -> Parser:
    parser = Parser(
        prog="countersign demo",
        description="The real console and server on sample data, with a demo phone. Nothing of yours is touched.",
    )
    parser.add_argument("--version", action="store_true", help="tell this program's version, and leave")
    parser.add_argument("--headless", action="store_true", help="tell the story by itself, without a display")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the pictures go (a new folder under the temporary one)"
    )
    return parser
