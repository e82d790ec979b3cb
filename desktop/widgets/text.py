"""Text on the screen: always plain, never markup, since much of it comes from elsewhere."""

from datetime import datetime

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.style.theme import theme

WRAP_AT = 420
"""Pixels that a paragraph would like to have."""
LONG = 64
"""Characters from which on a title is written smaller."""
ON_A_BUTTON = 24
SHORT_WORD = 12
MOST_WIDTHS = 16
LINE = {
    "small": 16,
    "small-muted": 16,
    "small-strong": 16,
    "small-heading": 16,
    "fault": 16,
    "title": 28,
    "display": 32,
    "brand": 24,
    "code": 24,
}
"""Pixels from one line to the next; 20 for all others."""


class Text(QLabel):
    """A label; `look` is its style, `wrap` lets it take several lines, on the design's lines and not on the font's."""

    def __init__(self, text: str = "", look: str = "", *, wrap: bool = False, name: str = "") -> None:
        super().__init__()
        self._measured: tuple[str, str] = ("", "")
        self._lines: dict[int, list[str]] = {}
        self._longest: int | None = None
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("look", look)
        self.setText(text)
        if name:
            self.setObjectName(name)
        if wrap:
            self.setWordWrap(True)
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)

    def selectable(self) -> "Text":
        """Let the text be selected and copied."""
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setContentsMargins(0, theme().px(2), 0, theme().px(2))
        return self

    def tabular(self) -> "Text":
        """Give all digits one width, so that a running time stands still."""
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)
        return self

    def restyle(self, look: str) -> None:
        """Change the style."""
        if self.property("look") != look:
            self.setProperty("look", look)
            self.style().unpolish(self)
            self.style().polish(self)
            self.updateGeometry()

    @override
    def sizeHint(self) -> QSize:
        if self._native:
            return super().sizeHint()
        metrics = self.fontMetrics()
        lines = self.text().split("\n")
        width = max(metrics.horizontalAdvance(line) for line in lines) + 2
        if self.wordWrap():
            width = min(width, theme().px(WRAP_AT))
            return QSize(width, self.heightForWidth(width))
        return QSize(width, len(lines) * self._line)

    @override
    def minimumSizeHint(self) -> QSize:
        if self.wordWrap():
            return QSize(theme().px(48), self._line)
        return super().minimumSizeHint() if self._native else self.sizeHint()

    @override
    def heightForWidth(self, width: int, /) -> int:
        if self._native and not self._crammed(width):
            return super().heightForWidth(width)
        return len(self._broken(width)) * self._line if self.wordWrap() else -1

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        if self._native and not self._crammed(self.width()):
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        lines = self._broken(self.width()) if self.wordWrap() else self.text().split("\n")
        top = max(0, self.height() - len(lines) * self._line) // 2
        if self.alignment() & Qt.AlignmentFlag.AlignTop:
            top = 0
        across = self.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask
        for index, line in enumerate(lines):
            area = QRect(0, top + index * self._line, self.width(), self._line)
            painter.drawText(area, across | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, line)
        painter.end()

    @property
    def _native(self) -> bool:
        """Tell whether Qt draws it, which knows how to select."""
        return bool(self.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse)

    def _crammed(self, width: int) -> bool:
        """Tell whether there is a word that only we would break, since Qt's labels let it run out of sight."""
        if not self.wordWrap():
            return False
        self._measure()
        if self._longest is None:
            advance = self.fontMetrics().horizontalAdvance
            self._longest = max((advance(word) for word in self.text().split() if len(word) > SHORT_WORD), default=0)
        return self._longest > width

    @property
    def _line(self) -> int:
        return theme().px(LINE.get(str(self.property("look")), 20))

    def _broken(self, width: int) -> list[str]:
        """Break the text into lines of at most this width."""
        self._measure()
        if width not in self._lines:
            self._lines[width] = self._break(width)
        return self._lines[width]

    def _measure(self) -> None:
        """Forget what was measured of another text; layouts ask at several widths, and painting asks again."""
        self.ensurePolished()
        now = self.text(), self.font().key()
        if now != self._measured or len(self._lines) > MOST_WIDTHS:
            self._measured, self._longest = now, None
            self._lines.clear()

    def _break(self, width: int) -> list[str]:
        found = []
        for paragraph in self.text().split("\n"):
            units = paragraph.encode("utf-16-le")  # Qt counts in these, two bytes each
            layout = QTextLayout(paragraph, self.font())
            option = QTextOption()
            option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
            layout.setTextOption(option)
            layout.beginLayout()
            while (line := layout.createLine()).isValid():
                line.setLineWidth(max(1, width))
                start, length = line.textStart() * 2, line.textLength() * 2
                found.append(units[start : start + length].decode("utf-16-le", "replace").rstrip())
            layout.endLayout()
        return found


class Elided(Text):
    """One line that loses its middle where there is no room, the whole in its tooltip; `snug` only as wide as that.

    With `tail` it loses its end, where what counts most stands first.
    """

    def __init__(
        self, text: str = "", look: str = "", *, snug: bool = False, tail: bool = False, name: str = ""
    ) -> None:
        super().__init__(text, look, name=name)
        self._loses = Qt.TextElideMode.ElideRight if tail else Qt.TextElideMode.ElideMiddle
        across = QSizePolicy.Policy.Maximum if snug else QSizePolicy.Policy.Ignored
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(theme().px(24))

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, self._line)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(24), self._line)

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), self._loses, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), self.alignment() | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()

    @override
    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._explain()

    @override
    def setText(self, text: str, /) -> None:
        super().setText(text)
        self._explain()

    def _explain(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(plain_tip(self.text()) if cut else "")


def title_for(text: str) -> str:
    """Return the look of what is acted on: large, unless it is so long that it would push away the rest."""
    return "title" if len(text) <= LONG else "section"


def short(text: str) -> str:
    """Return the beginning of a name, for a button beside which the whole stands."""
    return text if len(text) <= ON_A_BUTTON else f"{text[: ON_A_BUTTON - 2]}…"


def plain_tip(text: str) -> str:
    """Return a tooltip that Qt cannot take for markup."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<qt>{escaped}</qt>" if text else ""


def show_time(label: QLabel, moment: datetime | None, text: str | None = None, absent: str = "") -> None:
    """Show a local time, with UTC in the tooltip."""
    if moment is None:
        label.setText(absent)
        label.setToolTip("")
    else:
        label.setText(moments.full(moment) if text is None else text)
        label.setToolTip(moments.utc(moment))


def caption(text: str, buddy: QWidget) -> Text:
    """Return the label of a field, which also names it to screen readers."""
    label = Text(text, "medium")
    label.setBuddy(buddy)
    buddy.setAccessibleName(text.replace("&", ""))
    return label
