"""The rows of the first page's cards: what waits, what needs attention, a first step, a number."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QWidget
from typing_extensions import override

from desktop.core.outlook import Concern, FirstStep
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.button import Button, button
from desktop.widgets.icon import Icon, Tile
from desktop.widgets.layout import column, row
from desktop.widgets.text import Elided, Text

ROW, TIME, AIR = 48, 72, 4
Action = Callable[[], object]


class WaitingRow(QFrame):
    """What waits, when it was asked for, for whom, and how long it still can."""

    def __init__(self, icon: str, texts: tuple[str, str, str], left: QWidget, go: Action, *, urgent: bool) -> None:
        super().__init__()
        what, when, whom = texts
        self.setObjectName("overview.waiting")
        self.setProperty("look", "bar")
        self.setMinimumHeight(theme().px(ROW))
        ink, ground, edge = ("waiting", "waiting_ground", "") if urgent else ("muted", "background", "line")
        tile = Tile(icon, ink, ground=ground, edge=edge, size=32, inner=16)
        titled = Elided(what, "strong", name="overview.waiting.what")
        words = column(titled, Elided(when, "small-muted", name="overview.waiting.when"))
        left.setFixedWidth(theme().px(TIME))
        if isinstance(left, Text):
            left.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        show = button(t("console.overview.show"), "overview.waiting.show", go, look="link")
        show.setAccessibleName(f"{show.text()}: {what}")
        layout = row(tile, gap=12, margins=(20, 6, 16, 6))
        layout.addLayout(words, 3)
        layout.addWidget(Elided(whom, name="overview.waiting.whom"), 2)
        layout.addWidget(left)
        layout.addWidget(show)
        self.setLayout(layout)


class ConcernRow(QFrame):
    """One thing that needs attention, and the way to where it is dealt with."""

    def __init__(self, concern: Concern, go: Action) -> None:
        super().__init__()
        self.setObjectName("overview.concern")
        self.setProperty("look", "bar")
        words = column(
            Text(concern.title, "strong", wrap=True, name="overview.concern.title"),
            Text(concern.text, "small-muted", wrap=True, name="overview.concern.text"),
        )
        key = "console.overview.turn_on" if concern.place.endswith("#enrol") else "console.overview.open"
        made = button(t(key), "overview.concern.open", go, look="link")
        made.setAccessibleName(f"{t(key)}: {concern.title}")
        layout = _beside(Icon(concern.icon, concern.tone, 20), words, margins=(20, 8, 16, 12))
        layout.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(layout)


class StepRow(QFrame):
    """A first step: done, the next one with what it is for, or a later one."""

    def __init__(self, step: FirstStep, go: Action, *, now: bool) -> None:
        super().__init__()
        self.setObjectName(f"overview.step.{step.name}")
        self.setProperty("look", "plain")
        title = t(f"console.first.{step.name}")
        state = t("console.first.done" if step.done else "console.first.open")
        self.setAccessibleName(f"{title}: {state}")
        icon = Icon("circle-check" if step.done else "circle", "good" if step.done else "field_line", 20)
        look = "strong" if now else "muted" if step.done else ""
        words = column(Text(title, look, wrap=True, name=f"{self.objectName()}.title"))
        layout = _beside(icon, words, margins=(20, 0, 16, 4))
        if now:
            words.addWidget(Text(t(f"console.first.{step.name}_text"), "small-muted", wrap=True))
            first = t(f"console.first.{step.name}_go")
            made = button(first, f"{self.objectName()}.go", go, look="primary", small=True)
            words.addSpacing(theme().px(8))
            words.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
            words.addSpacing(theme().px(4))
        elif not step.done:
            made = button(t("console.overview.open"), f"{self.objectName()}.go", go, look="link")
            made.setAccessibleName(f"{made.text()}: {title}")
            layout.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(layout)


class NumberRow(Button):
    """How many there are of something; it leads to them."""

    def __init__(self, icon: str, words: str, name: str, go: Action) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "row")
        self._words = words
        self._number = Text("", "display", name=f"{name}.number")
        inner = row(Icon(icon, "muted", 20), Text(words), None, self._number, gap=12, margins=(20, 0, 20, 0))
        self.setLayout(inner)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.clicked.connect(lambda _=False: go())

    def show_number(self, number: int | None) -> None:
        """Show it, or nothing of it where one may not know."""
        self.setVisible(number is not None)
        self._number.setText(f"{number or 0:,}")
        self.setAccessibleName(f"{self._words}: {self._number.text()}")

    @override
    def sizeHint(self) -> QSize:
        return QSize(theme().px(160), theme().px(54))


def _beside(icon: Icon, words: QLayout, margins: tuple[int, int, int, int]) -> QHBoxLayout:
    """Put words beside an icon, their first line level with a link at their right, which is higher than a line."""
    layout = row(gap=12, margins=margins)
    layout.addLayout(column(AIR, icon, None))
    layout.addLayout(column(AIR, words, None), 1)
    return layout
