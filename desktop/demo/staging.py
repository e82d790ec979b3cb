"""Sets the demo's stage: a marked data folder, a console of its own, and either the story or a person."""

import sys
import time
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

import resources
from desktop.app import Console
from desktop.core.vault import MemoryVault
from desktop.demo.album import Album
from desktop.demo.app_phone import AppPhone, Unavailable
from desktop.demo.backups import Backups
from desktop.demo.driver import Driver
from desktop.demo.phone import MARK
from desktop.demo.phones import DrawnPhone, StoryPhone
from desktop.demo.story import Story, silently
from desktop.demo.window import open_demo

SIZE = (1280, 800)
TITLE = "Countersign: nothing destructive without a signature from a phone"


def tell(folder: Path, out: Path) -> int:
    """Tell the story headless; 0 only when all of it happened."""
    qInstallMessageHandler(_complain)
    began = time.monotonic()
    application = _application()
    backups = Backups(folder / "backups")
    backups.allow()
    console = _console(folder)
    driver = Driver(console, out)
    failure: list[Exception] = []

    def finished(error: Exception | None) -> None:
        failure.extend([error] if error is not None else [])
        console.close()
        application.quit()

    driver.finished.connect(finished)
    console.start()
    _mark(folder)
    _say("Countersign demo: sample data, the real server and windows.")
    if (missing := resources.missing()) is not None:
        _say(f"The phone app, fonts and icons are missing ({missing}); the story needs none of them.")
    phone, album = _phone(driver, folder / "server"), Album(out)
    _say(phone.says)
    driver.run(Story(driver, _say, backups).tell(phone, album))
    application.exec()
    phone.close()
    if failure:
        sys.stderr.write(f"countersign demo: {type(failure[0]).__name__}: {failure[0]}\n")
        return 1
    page, *_ = album.close(TITLE, phone.says)
    _say(f"Done in {time.monotonic() - began:.0f} s. {page} shows it; its pictures are beside it.")
    return 0


def _phone(driver: Driver, data: Path) -> StoryPhone:
    """Return the phone app in a browser, or a drawn phone where there is none."""
    try:
        return AppPhone(lambda: driver.console.arrival.desk.client.url if driver.console.arrival.desk else "")
    except Unavailable as error:
        _say(f"The phone app is not shown: {error}.")
        return DrawnPhone(driver, data)


def show(folder: Path) -> int:
    """Open the same data for a person, beside the demo phone."""
    application = _application()
    backups = Backups(folder / "backups")
    backups.allow()
    console = _console(folder)
    driver = Driver(console, folder)

    def prepared(error: Exception | None) -> None:
        if error is not None:
            console.window.say(str(error), "bad")

    driver.finished.connect(prepared)
    console.start()
    _mark(folder)
    phone = open_demo(console, folder / "server")
    driver.run(Story(driver, _say, backups).prepare(silently))
    console.window.closed.connect(application.quit)
    try:
        return application.exec()
    finally:
        phone.close()
        console.close()


def _application() -> QApplication:
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Countersign demo")
    return application


def _console(folder: Path) -> Console:
    """Return a console whose data folder is empty, so that it begins with the first run."""
    console = Console(folder=folder / "server", settings=folder / "console.ini", vault=MemoryVault())
    console.window.resize(*SIZE)
    return console


def _complain(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:  # noqa: ARG001 - Qt's signature
    """Pass on what Qt complains about, but for what the platform without a screen cannot do."""
    if not message.startswith("This plugin does not support"):
        sys.stderr.write(f"{message}\n")


def _mark(folder: Path) -> None:
    data = folder / "server"
    data.mkdir(exist_ok=True)
    (data / MARK).write_text("Sample data of the Countersign demo.\n", encoding="utf-8")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command's answer
