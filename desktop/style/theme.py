"""The theme in force: it gives the application its palette, style sheet and fonts, and tells who paints by hand."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from weakref import WeakSet

import shiboken6
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QGuiApplication, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication

from desktop.core.settings import ThemeChoice
from desktop.style import icons, radio
from desktop.style.sheet import sheet
from desktop.style.tokens import DARK, LIGHT, Tokens
from resources import path

_in_force: list["Theme"] = []
"""The one theme; whoever paints asks for it many times a second."""
WEIGHTS = (400, 500, 600, 700)
FAMILY = "Inter"


class Theme(QObject):
    """One for the application; `theme()` finds it."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self.setObjectName("theme")
        _in_force[:] = [self]
        self.choice = ThemeChoice.SYSTEM
        self.scale = 1.0
        self.tokens = LIGHT
        self.pictures: dict[object, QPixmap] = {}
        """What somebody has drawn once for many places; forgotten when colours or sizes change."""
        self._fonts: dict[tuple[int, int, bool, float], QFont] = {}
        self._metrics: dict[tuple[int, int, bool], QFontMetrics] = {}
        self._colours: dict[str, QColor] = {}
        self._dressed: WeakSet[QAbstractButton] = WeakSet()
        hints = QGuiApplication.styleHints()
        self.system: Callable[[], Qt.ColorScheme] = hints.colorScheme
        self._application = application
        self._pictures = Path(tempfile.mkdtemp(prefix="countersign-look-"))
        atexit.register(shutil.rmtree, self._pictures, ignore_errors=True)
        self.family = _load_fonts(application)
        application.setStyle("Fusion")
        hints.colorSchemeChanged.connect(self._follow)
        self.apply()

    def choose(self, choice: ThemeChoice, scale: float | None = None) -> None:
        """Change the colours, or the size of everything."""
        chosen = choice, self.scale if scale is None else scale
        if chosen != (self.choice, self.scale):
            self.choice, self.scale = chosen
            self.apply()

    def apply(self) -> None:
        """Give the application its looks."""
        self.tokens = self._wanted()
        for kept in (self._fonts, self._metrics, self._colours, self.pictures):
            kept.clear()
        font = QFont(self.family)
        font.setPixelSize(px(13, self.scale))
        self._application.setFont(font)
        self._application.setPalette(_palette(self.tokens))
        self._application.setStyleSheet(sheet(self.tokens, self.scale, self._draw()))
        for button in [each for each in self._dressed if shiboken6.isValid(each)]:
            dress(button)
        self.changed.emit()

    def keep_dressed(self, button: QAbstractButton) -> None:
        """Draw its icon again with each change; Qt's list of all widgets would tell of those that are going, too."""
        self._dressed.add(button)

    def px(self, size: float) -> int:
        """Return a measure of the design at the text size in force."""
        return px(size, self.scale)

    def font(self, size: int, weight: int, *, tabular: bool = False, spacing: float = 100) -> QFont:
        """Return a font for what is painted by hand."""
        wanted = (size, weight, tabular, spacing)
        if (made := self._fonts.get(wanted)) is None:
            made = self._fonts[wanted] = self._font(size, weight, tabular=tabular, spacing=spacing)
        return QFont(made)  # whoever changes it changes a copy

    def metrics(self, size: int, weight: int, *, tabular: bool = False) -> QFontMetrics:
        """Return the measures of such a font."""
        wanted = (size, weight, tabular)
        if (made := self._metrics.get(wanted)) is None:
            made = self._metrics[wanted] = QFontMetrics(self.font(size, weight, tabular=tabular))
        return made

    def _font(self, size: int, weight: int, *, tabular: bool, spacing: float) -> QFont:
        font = QFont(self.family)
        font.setPixelSize(self.px(size))
        font.setWeight(QFont.Weight(weight))
        if tabular:
            font.setFeature(QFont.Tag("tnum"), 1)
        if spacing != 100:
            font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, spacing)
        return font

    def colour(self, name: str) -> QColor:
        """Return a colour by its name."""
        if (made := self._colours.get(name)) is None:
            made = self._colours[name] = QColor(self.tokens.colour(name))
        return made

    def _wanted(self) -> Tokens:
        if self.choice is ThemeChoice.SYSTEM:
            return DARK if self.system() is Qt.ColorScheme.Dark else LIGHT
        return DARK if self.choice is ThemeChoice.DARK else LIGHT

    def _follow(self) -> None:
        if self.choice is ThemeChoice.SYSTEM:
            self.apply()

    def _draw(self) -> dict[str, str]:
        """Write the few pictures that a style sheet can only take from files."""
        drawn = {use: partial(self._icon, *each) for use, each in _PICTURES.items()}
        drawn |= {state: partial(radio.picture, state, self.tokens, self.px(16)) for state in radio.STATES}
        found = {}
        for use, draw in drawn.items():
            file = self._pictures / f"{use}-{self.tokens.name}-{self.px(100)}.png"
            if not file.exists():
                for scale, suffix in ((1.0, ""), (2.0, "@2x")):
                    draw(scale).save(str(file.with_name(f"{file.stem}{suffix}.png")))
            found[use] = file.as_posix()
        return found

    def _icon(self, name: str, token: str, scale: float) -> QPixmap:
        return icons.pixmap(name, self.tokens.colour(token), self.px(16), scale)


def theme() -> Theme:
    """Return the application's theme."""
    if not _in_force or not shiboken6.isValid(_in_force[-1]):
        message = "there is no theme before Theme(application)"
        raise RuntimeError(message)
    return _in_force[-1]


def px(size: float, scale: float) -> int:
    """Return a whole number of pixels."""
    return round(size * scale)


def show_icon(button: QAbstractButton, name: str, ink: str = "text", size: int = 16, *, gap: int = 0) -> None:
    """Give a button an icon that follows the theme; `gap` is air at its right, more than Qt leaves by itself."""
    button.setProperty("icon_name", name)
    button.setProperty("icon_gap", gap)
    button.setProperty("icon_token", ink)
    button.setProperty("icon_size", size)
    theme().keep_dressed(button)
    dress(button)


def dress(button: QAbstractButton) -> None:
    """Draw a button's icon again."""
    look, name = theme(), str(button.property("icon_name"))
    if not name:
        button.setIcon(QIcon())
        return
    size = look.px(int(button.property("icon_size")))
    colour = look.tokens.colour(str(button.property("icon_token")))
    gap = look.px(int(button.property("icon_gap")))
    button.setIcon(icons.icon(name, colour, size, gap, look.tokens.muted))
    button.setIconSize(QSize(size + gap, size))


_PICTURES = {
    "tick": ("check", "on_accent"),
    "chosen": ("check", "accent"),
    "tick_off": ("check", "muted"),
    "down": ("chevron-down", "muted"),
    "up": ("chevron-up", "muted"),
    "left": ("chevron-left", "text"),
    "right": ("chevron-right", "text"),
}


def _load_fonts(application: QApplication) -> str:
    for weight in WEIGHTS:
        file = path("built", "fonts", f"{FAMILY}-{weight}.ttf")
        if file.is_file():
            QFontDatabase.addApplicationFont(str(file))
    return FAMILY if FAMILY in QFontDatabase.families() else application.font().family()


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: tokens.background,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Base: tokens.card,
        QPalette.ColorRole.AlternateBase: tokens.hover,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.muted,
        QPalette.ColorRole.Button: tokens.card,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.Highlight: tokens.accent,
        QPalette.ColorRole.HighlightedText: tokens.on_accent,
        QPalette.ColorRole.ToolTipBase: tokens.text,
        QPalette.ColorRole.ToolTipText: tokens.background,
        QPalette.ColorRole.Link: tokens.accent,
        QPalette.ColorRole.Accent: tokens.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.muted))
    return palette
