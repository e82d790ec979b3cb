"""The command `countersign`: the administrator's console, or its demo."""

import logging
import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from desktop.parser import Parser

if TYPE_CHECKING:
    from desktop.app import Console

LIBRARIES = (
    "libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 libbrotli1 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxcb-randr0 libxkbcommon-x11-0"
)


def main(arguments: list[str] | None = None) -> int:
    """Run the console; return its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["demo"]:
        if (fault := _qt_fault()) is not None:
            return _fail(fault)
        from desktop import demo  # noqa: PLC0415 - a console without the demo never needs it

        return int(demo.run(arguments[1:]))
    options = _parser().parse_args(arguments)
    if options.version:
        return _tell_version()
    if (fault := _display_fault() or _qt_fault()) is not None:
        return _fail(fault)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    return _run(options.data, options.config)


def _run(folder: Path | None, settings: Path | None) -> int:
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - only now is it known that Qt can be loaded

    from desktop.app import Console  # noqa: PLC0415 - likewise
    from desktop.service import service_of  # noqa: PLC0415 - likewise

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Countersign")
    application.setApplicationDisplayName("Countersign")
    application.setDesktopFileName("countersign")
    application.setQuitOnLastWindowClosed(False)  # the console may go on in the tray
    try:
        console = Console(folder=folder, settings=settings, services=service_of)
    except OSError as error:
        return _fail(f"settings cannot be kept in {error.filename}: {error.strerror}; choose with --config FILE")
    console.window.closed.connect(application.quit)
    _catch(console)
    console.start()
    try:
        return application.exec()
    finally:
        console.close()


def _catch(console: "Console") -> None:
    """Say what nobody has foreseen, with details to copy, and go on."""

    def say(error: Exception) -> None:
        from desktop.core.problems import shown  # noqa: PLC0415 - after the first screen

        console.window.say(shown(error).text, "bad")

    def unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logging.getLogger("desktop").error("unexpected", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            say(error)

    sys.excepthook = unexpected
    console.tasks.failed.connect(say)


def _parser() -> Parser:
    parser = Parser(
        prog="countersign",
        description="The administrator's console of Countersign.",
        epilog="`countersign demo --help` tells about the demo with sample data.",
    )
    parser.add_argument("--version", action="store_true", help="tell this program's version, and leave")
    parser.add_argument("--config", type=Path, metavar="FILE", help="where the console keeps its settings")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder of the server on this computer")
    return parser


def _tell_version() -> int:
    from desktop.core.version import version  # noqa: PLC0415 - slow to find out

    sys.stdout.write(f"countersign {version()}\n")
    return 0


def _display_fault() -> str | None:
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform != "linux" or any(os.environ.get(name) for name in names):
        return None
    return "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set (for none, set QT_QPA_PLATFORM=offscreen)"


def _qt_fault() -> str | None:
    try:
        import PySide6.QtSvg  # noqa: PLC0415 - found out here, said in one line
        import PySide6.QtWidgets  # noqa: F401, PLC0415 - likewise
    except ImportError as error:
        if sys.platform == "linux" and ".so" in str(error):
            return f"Qt misses a system library ({error}). On Debian and Ubuntu: apt-get install {LIBRARIES}"
        return f"Qt cannot be loaded: {error}"
    return None


def _fail(fault: str) -> int:
    sys.stderr.write(f"countersign: {fault}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
