"""What the program says of itself, and the mark that it wears everywhere."""

import tomllib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt

import server as server_package
from desktop.core.version import version
from desktop.dialogs.about import LICENCE
from desktop.style.icons import MARK_SIZES, mark, window_icon
from desktop.widgets.facts import Facts
from resources import path
from tests.desktop.hand import Hand
from tests.living import ROOT, LivingServer

Open = Callable[..., Hand]


def facts(hand: Hand) -> str:
    found = hand.see("about.facts")
    assert isinstance(found, Facts)
    return found.text()


def test_the_account_menu_tells_versions_licence_and_where_data_lies(
    server: LivingServer, open_console: Open, tmp_path: Path
) -> None:
    server.set_up()
    hand = open_console(url=server.url, settings="about.ini")
    hand.sign_in()
    hand.see("page.overview")
    hand.click("account")
    hand.trigger("account.about")
    hand.wait(lambda: f"Server: {version()}, at {server.url}" in facts(hand), "the server's version")
    told = facts(hand).splitlines()
    assert f"Version: {version()}" in told
    assert f"Licence: {LICENCE}" in told
    assert f"Data: With the server at {server.url}" in told
    assert f"Settings: {tmp_path / 'about.ini'}" in told
    hand.press(Qt.Key.Key_Escape, "about.facts")
    hand.gone("about")


def test_a_server_on_this_computer_is_told_with_its_folder(open_console: Open, tmp_path: Path) -> None:
    server = LivingServer(tmp_path / "data")
    server.start()
    server.set_up()
    hand = open_console(folder=tmp_path / "data")
    hand.sign_in()
    hand.see("page.overview")
    hand.click("account")
    hand.trigger("account.about")
    hand.see("about")
    assert f"Data: {tmp_path / 'data'}" in facts(hand)
    server.stop()
    hand.click("about.close")
    hand.gone("about")


def test_console_and_server_and_project_are_of_one_version_and_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert version() == server_package.__version__ == project["version"]
    assert project["license"] == LICENCE


def test_console_and_phone_wear_the_same_mark() -> None:
    drawn = path("built", "phone", "icons", "icon.svg")
    if drawn.is_file():
        assert drawn.read_text(encoding="utf-8") == path("icon.svg").read_text(encoding="utf-8")


def test_the_mark_is_drawn_at_every_size(open_console: Open) -> None:
    hand = open_console(url="http://127.0.0.1:9")
    for size in MARK_SIZES:
        picture = mark(size)
        assert picture.pixelColor(size // 2, size // 5).name() == "#3b5bdb"
        assert picture.pixelColor(0, 0).alpha() == 0
    assert hand.window.windowIcon().availableSizes() == window_icon().availableSizes()
