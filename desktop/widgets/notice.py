"""Notices: a banner that stays for as long as its reason, and a toast that goes by itself."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QFrame, QWidget
from typing_extensions import override

from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.beat import Beat
from desktop.widgets.button import button
from desktop.widgets.icon import Icon
from desktop.widgets.layout import row
from desktop.widgets.text import Text

TOAST_MS = 7000
LOOK_MS = 250
"""What lies under it may come after it, such as the page of what was just added."""
STEP, MOST_STEPS = 8, 40


class Banner(QFrame):
    """One sentence on a coloured ground, with at most one thing to do."""

    def __init__(self, tone: str = "waiting", icon: str = "info", name: str = "banner") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", tone)
        self._icon = Icon(icon, "text", 16)
        self.text = Text("", wrap=True)
        self.text.setObjectName(f"{name}.text")
        self._row = row(self._icon, self.text, gap=8, margins=(12, 8, 12, 8))
        self._row.setStretch(1, 1)
        self.setLayout(self._row)
        self.hide()

    def say(self, text: str) -> None:
        """Show this, or nothing."""
        self.text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def turn(self, tone: str, icon: str) -> None:
        """Change its tone."""
        self.setProperty("look", tone)
        self._icon.show_icon(icon, "text")
        self.style().unpolish(self)
        self.style().polish(self)

    def offer(self, widget: QWidget) -> None:
        """Add what can be done."""
        self._row.addWidget(widget)


class Toast(QFrame):
    """Lies over the bottom of its parent for some seconds, or until it is closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._under = parent
        self.setObjectName("toast")
        self.setProperty("look", "toast")
        self._icon = Icon("info", "accent", 20)
        self.text = Text("", wrap=True, name="toast.text")
        self.text.selectable()
        self._copy = button(t("console.copy"), "toast.copy", self._copy_text, small=True, icon="copy")
        close = button("", "toast.close", self.hide, look="link", icon="x")
        close.setAccessibleName(t("console.close"))
        layout = row(self._icon, self.text, self._copy, close, gap=12, margins=(16, 12, 8, 12))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._inner = layout
        self._tone = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        Beat(self, LOOK_MS, self._give_way)
        parent.installEventFilter(self)
        self.hide()

    def say(self, text: str, tone: str = "plain") -> None:
        """Show this; what went wrong stays until it is closed, and can be copied, `away` until it is taken back too."""
        wrong, self._tone = tone in ("bad", "away"), tone
        known = {"good": ("circle-check", "good")}
        name, token = ("triangle-alert", "bad") if wrong else known.get(tone, ("info", "accent"))
        self._icon.show_icon(name, token)
        self.text.setText(text)
        self.setAccessibleName(text)
        self._copy.setVisible(wrong)
        self.show()
        self.raise_()
        self._place()
        if wrong:
            self._timer.stop()
        else:
            self._timer.start(TOAST_MS)

    def take_back(self, tone: str) -> None:
        """Hide what was said in this tone."""
        if self._tone == tone:
            self.hide()

    @override
    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        parent = self._under
        width = min(theme().px(520), parent.width() - theme().px(48))
        height = self._inner.totalHeightForWidth(width) if self._inner.hasHeightForWidth() else self.sizeHint().height()
        place = QRect((parent.width() - width) // 2, parent.height() - height - theme().px(24), width, height)
        for _ in range(MOST_STEPS):
            if not self._covers(place):
                break
            place.translate(0, -STEP)
        self.setGeometry(place)

    def _give_way(self) -> None:
        """Move off what has come under it; where nothing has, it stands still."""
        if self._covers(self.geometry()):
            self._place()

    def _covers(self, place: QRect) -> bool:
        """Tell whether something to press would lie under it; that is wanted just after something was done."""
        for made in self._under.findChildren(QAbstractButton):
            if made.isVisible() and not self.isAncestorOf(made):
                corner = made.mapTo(self._under, QPoint(0, 0))
                if place.intersects(QRect(corner, made.size())):
                    return True
        return False

    def _copy_text(self) -> None:
        QGuiApplication.clipboard().setText(self.text.text())
