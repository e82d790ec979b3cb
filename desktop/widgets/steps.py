"""The steps of a longer task: done, now, later."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from desktop.core.words import t
from desktop.style import icons
from desktop.style.theme import theme
from desktop.widgets.layout import line, row
from desktop.widgets.text import Text


class Steps(QWidget):
    """Circles with their names, and lines between."""

    def __init__(self, names: list[str], name: str = "steps", *, compact: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self._names = names
        self._compact = compact
        self._circles = [_Circle(index + 1) for index in range(len(names))]
        self._labels = [Text(text, "medium") for text in names]
        layout = row(gap=8)
        for index, (circle, label) in enumerate(zip(self._circles, self._labels, strict=True)):
            if index:
                between = line()
                between.setMinimumWidth(theme().px(8))
                layout.addWidget(between, 1, Qt.AlignmentFlag.AlignVCenter)
            layout.addWidget(circle)
            layout.addWidget(label)
        self.setLayout(layout)
        self.show_step(0)

    def rename(self, names: list[str]) -> None:
        """Call the steps otherwise; there are as many as before."""
        self._names = names
        for label, text in zip(self._labels, names, strict=True):
            label.setText(text)

    def show_step(self, now: int, missed: int | None = None) -> None:
        """Everything before is done, but for what was `missed`; everything after is later."""
        for index, (circle, label) in enumerate(zip(self._circles, self._labels, strict=True)):
            state = "now" if index == now else "done" if index < now and index != missed else "later"
            circle.show_state(state)
            label.setHidden(self._compact and index != now)
            label.restyle({"now": "strong", "done": "medium", "later": "muted"}[state])
        if now < len(self._names):
            self.setAccessibleName(
                t("console.steps.name", number=now + 1, count=len(self._names), name=self._names[now])
            )


class _Circle(QWidget):
    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self._state = "later"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_state(self, state: str) -> None:
        self._state = state
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(theme().px(24), theme().px(24))

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = {"done": "good_ground", "now": "accent"}.get(self._state, "panel")
        painter.setBrush(look.colour(ground))
        painter.setPen(look.colour("field_line") if self._state == "later" else QColor(0, 0, 0, 0))
        painter.drawEllipse(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        if self._state == "done":
            inset = look.px(4)
            icons.paint(painter, "check", look.tokens.good, QRectF(self.rect()).adjusted(inset, inset, -inset, -inset))
        else:
            painter.setPen(look.colour("on_accent" if self._state == "now" else "muted"))
            painter.setFont(look.font(12, 600))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.end()
