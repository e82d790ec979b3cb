"""What everybody must be able to read: contrast, large text, codes in the dark, and every word."""

import gc
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QRadioButton, QStyle, QWidget
from pytestqt.qtbot import QtBot

import desktop
from desktop.core.settings import Settings, ThemeChoice
from desktop.style import icons
from desktop.style.theme import show_icon, theme
from desktop.style.tokens import DARK, LIGHT, Tokens
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Elided, Text
from resources import path
from tests.desktop.hand import Hand, photograph
from tests.desktop.scenes import Stage
from tests.living import LivingServer

Open = Callable[..., Hand]
ON = [
    ("text", "background"),
    ("text", "panel"),
    ("text", "card"),
    ("text", "tint"),
    ("text", "bad_ground"),
    ("text", "waiting_ground"),
    ("text", "good_ground"),
    ("muted", "card"),
    ("muted", "panel"),
    ("accent", "card"),
    ("accent", "tint"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("good", "good_ground"),
    ("waiting", "waiting_ground"),
    ("bad", "bad_ground"),
    ("bad", "card"),
    ("bad", "panel"),
    ("accent", "panel"),
    ("text", "hover"),
    ("accent", "hover"),
    ("accent_hover", "panel"),
    ("background", "text"),
]
"""Ink and ground, wherever text stands; muted text never stands on a tint."""
EDGES = [("field_line", "card"), ("field_line", "panel"), ("field_line", "background"), ("accent", "card")]
"""Lines by which something to use is known: fields, check boxes, dialogs, the focus."""


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: tokens.name)
def test_text_has_enough_contrast(tokens: Tokens) -> None:
    for ink, ground in ON:
        assert contrast(tokens.colour(ink), tokens.colour(ground)) >= 4.5, (ink, ground)
    for line, ground in EDGES:
        assert contrast(tokens.colour(line), tokens.colour(ground)) >= 3, (line, ground)


def test_the_theme_follows_the_system_until_somebody_chooses(qapp: QApplication, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    look, hints = theme(), QGuiApplication.styleHints()
    try:
        look.choose(ThemeChoice.SYSTEM)
        assert look.tokens is LIGHT
        look.system = lambda: Qt.ColorScheme.Dark
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
        assert look.tokens is DARK
        assert qapp.palette().window().color().name() == DARK.background
        look.choose(ThemeChoice.LIGHT)
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
        assert look.tokens is LIGHT
    finally:
        look.system = hints.colorScheme
        stage.close()


def test_icons_follow_the_theme_though_nobody_but_their_window_holds_the_buttons(qtbot: QtBot, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        window = QWidget()
        qtbot.addWidget(window)
        show_icon(QPushButton(window), "trash-2", size=48)
        gc.collect()
        button = window.findChild(QPushButton)
        assert button is not None
        before, width = inks(button), button.iconSize().width()
        theme().choose(ThemeChoice.DARK, 2.0)
        assert (before, inks(button)) == ({LIGHT.text}, {DARK.text})
        assert button.iconSize().width() == 2 * width
    finally:
        stage.close()


def inks(button: QPushButton) -> set[str]:
    """Return the colours that an icon is drawn in, without its soft edges."""
    image = button.icon().pixmap(128, 128).toImage()
    every = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return {each.name() for each in every if each.alpha() == 255}


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_a_qr_code_can_be_read_in_both_themes(qtbot: QtBot, open_console: Open, choice: ThemeChoice) -> None:
    hand = open_console(url="http://127.0.0.1:9")
    hand.console.theme.choose(choice)
    text = "http://localhost:8475/phone/#e=" + "A" * 260
    code = QrCode()
    qtbot.addWidget(code)
    code.show_text(text)
    code.resize(code.sizeHint())
    assert [found.text for found in zxingcpp.read_barcodes(photograph(code))] == [text]


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("chosen", [False, True])
def test_a_radio_button_is_round_and_smooth_at_every_text_size(
    qtbot: QtBot, tmp_path: Path, scale: float, *, chosen: bool
) -> None:
    stage = Stage(tmp_path, scale=scale)
    try:
        made = QRadioButton()
        qtbot.addWidget(made)
        made.setChecked(chosen)
        made.resize(made.sizeHint())
        side = made.style().pixelMetric(QStyle.PixelMetric.PM_ExclusiveIndicatorWidth, None, made)
        assert side == theme().px(16)
        top = (made.height() - side) // 2
        shown = photograph(made).crop((0, top, side, top + side))
        ground, last = shown.getpixel((0, 0)), side - 1
        assert {shown.getpixel(at) for at in ((last, 0), (0, last), (last, last))} == {ground}
        assert shown.getpixel((0, side // 2)) != ground
        assert len(shown.getcolors(side * side) or []) > 4, "the edge fades out"
    finally:
        stage.close()


def test_without_built_icons_qts_own_stand_in(open_console: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    open_console(url="http://127.0.0.1:9")
    monkeypatch.setattr(icons, "_renderer", lambda *_: None)
    for name in ("trash-2", "qr-code"):
        assert not icons.icon(name, "#000000").pixmap(16, 16).toImage().isNull()


def test_at_twice_the_text_size_nothing_is_cut_off(server: LivingServer, open_console: Open) -> None:
    server.set_up().user("mia.brandt@contoso.example", name="Mia Brandt")
    hand = open_console(url=server.url)
    hand.console.settings.set(Settings.text_size, "200")
    hand.console.theme.choose(ThemeChoice.LIGHT, 2.0)
    try:
        hand.sign_in()
        for page in ("users", "companies", "storage", "approvals", "audit", "administrators", "settings", "overview"):
            hand.click(f"nav.{page}")
            hand.see(f"page.{page}")
            hand.wait(lambda: not cut_off(hand.window), f"nothing cut off at {page}: {cut_off(hand.window)}")
        hand.click("nav.settings")
        hand.click("settings.two_factor")
        dialog = hand.see("enrolment")
        hand.wait(lambda: not cut_off(dialog), "nothing cut off in the dialog")
        assert dialog.width() <= hand.window.width()
        assert dialog.height() <= hand.window.height()
        hand.click("enrolment.cancel")
        hand.click("nav.pane")
        hand.see("approvals.empty")
    finally:
        theme().choose(ThemeChoice.LIGHT, 1.0)


def cut_off(root: QWidget) -> list[str]:
    """Return the texts that do not fit, and do not say so by an ellipsis."""
    found = []
    for label in root.findChildren(Text):
        if label.isVisible() and not isinstance(label, Elided) and label.text():
            needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
            wide = label.wordWrap() or label.width() + 2 >= label.fontMetrics().horizontalAdvance(
                max(label.text().split("\n"), key=len)
            )
            if not wide or label.height() + 1 < min(
                needed, label.sizeHint().height() if not label.wordWrap() else needed
            ):
                found.append(label.text())
    found += [
        button.text()
        for button in root.findChildren(QPushButton)
        if button.isVisible() and button.text() and button.width() + 2 < button.minimumSizeHint().width()
    ]
    return found


def test_everything_that_can_be_clicked_has_a_name(server: LivingServer, open_console: Open) -> None:
    server.set_up().user("mia.brandt@contoso.example", name="Mia Brandt")
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("nav.users")
    hand.select("users.table", "Mia Brandt")
    for page in ("overview", "companies", "storage", "approvals", "audit", "administrators", "settings", "users"):
        hand.click(f"nav.{page}")
        hand.see(f"page.{page}")
        for made in hand.window.findChildren(QPushButton):
            if made.isVisible():
                assert made.objectName(), made.text()
                assert made.accessibleName() or made.text(), made.objectName()


def test_the_keyboard_reaches_everything_in_reading_order(server: LivingServer, open_console: Open) -> None:
    server.set_up().user("mia.brandt@contoso.example", name="Mia Brandt")
    hand = open_console(url=server.url)
    hand.see("sign_in.username").setFocus()
    assert walk(hand, 3) == ["sign_in.password", "sign_in.submit", "sign_in.invitation"]
    hand.sign_in()
    hand.click("nav.users")
    hand.select("users.table", "Mia Brandt")
    hand.see("users.search").setFocus()
    assert walk(hand, 3) == ["users.export", "users.add", "users.tab.list"]
    assert walk(hand, 3) == ["users.company", "users.state", "users.destination"]
    assert walk(hand, 3) == ["users.table", "users.edit", "users.delete"]
    QTest.keyClick(hand.window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    hand.see("page.audit")
    hand.see("audit.actor").setFocus()
    assert walk(hand, 5) == ["audit.event", "audit.outcome", "audit.from", "audit.to", "audit.search"]
    QTest.keyClick(hand.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    hand.table("users.table").setFocus()
    QTest.keyClick(hand.table("users.table"), Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    hand.see("delete_user")


def walk(hand: Hand, steps: int) -> list[str]:
    """Press Tab, and tell where it leads."""
    found = []
    for _ in range(steps):
        QTest.keyClick(hand.window.focusWidget(), Qt.Key.Key_Tab)
        found.append(hand.window.focusWidget().objectName())
    return found


def test_every_key_in_the_code_has_a_text_and_every_text_is_used() -> None:
    words = json.loads(path("translations", "en.json").read_text("utf-8"))
    ours = {key for key in words if key.startswith("console.")}
    code = "\n".join(file.read_text("utf-8") for file in Path(str(desktop.__file__)).parent.rglob("*.py"))
    written = set(re.findall(r"""["'](console\.[a-z_0-9.]+)["']""", code))
    patterns = [
        re.escape(found).replace(r"\{\}", "[a-z_.0-9]+")
        for found in {
            re.sub(r"\{[^{}]*\}", "{}", each) for each in re.findall(r"""f["'](console\.[^"']*\{[^"']*)["']""", code)
        }
    ]
    counted = {f"{key}.{number}" for key in written for number in ("one", "other")}
    missing = {key for key in written if key not in ours and f"{key}.other" not in ours}
    assert missing - {"console.ini"} == set()
    unused = {key for key in ours - written - counted if not any(re.fullmatch(pattern, key) for pattern in patterns)}
    assert unused == set()
