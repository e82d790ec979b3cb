"""What the navigation is made of besides its entries: a count, the way to find, the account, a dot for the server."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.button import Button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.icon import Avatar, Icon
from desktop.widgets.layout import box, column, row
from desktop.widgets.text import Elided, Text, plain_tip
from server.contract.administrator import Me


class Counted(Button):
    """The entry of the page whose waiting requests are counted."""

    def __init__(self, words: str, keys: str) -> None:
        super().__init__(words)
        self._words, self._keys = words, keys
        self.setProperty("look", "nav")
        self.setAutoDefault(False)
        self._chip = Chip(name="nav.approvals.count")
        self.setLayout(row(None, self._chip, margins=(0, 0, 12, 0)))
        self._chip.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(words)

    def show_count(self, count: int, *, folded: bool) -> None:
        """Show how many wait, in a chip, or in place of the words where those are folded away."""
        words = f"{self._words} ({count})" if count else self._words
        self.setAccessibleName(words)
        self.setToolTip(f"{words} ({self._keys})")
        self.setText((str(count) if count else "") if folded else self._words)
        self._chip.show_mark(Mark(str(count) if count and not folded else "", "waiting", dot=False))


class FindButton(Button):
    """Looks like a field; the keys are told in it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("nav.find")
        self.setProperty("look", "find")
        keys = QKeySequence("Ctrl+K")
        told = keys.toString(QKeySequence.SequenceFormat.NativeText)
        self._words = Text(t("console.find.button"), "muted")
        self._keys = box("keys", row(Text(told, "small-muted"), margins=(4, 1, 4, 1)))
        inner = row(Icon("search", "muted", 16), self._words, None, self._keys, gap=8, margins=(12, 0, 8, 0))
        self.setLayout(inner)
        self._inner = inner
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(t("console.find.button"))
        self.setToolTip(f"{self.accessibleName()} ({told})")
        shortcut = QShortcut(keys, self)
        shortcut.activated.connect(self.click)

    @override
    def sizeHint(self) -> QSize:
        return QSize(theme().px(40), theme().px(32))

    def fold(self, *, on: bool) -> None:
        """Show only the picture."""
        self._words.setHidden(on)
        self._keys.setHidden(on)


class AccountButton(Button):
    """Who is signed in; it opens the menu."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("account")
        self.setProperty("look", "account")
        self._username = self._why = ""
        self._folded = False
        self._avatar = Avatar("", 32)
        self._name = Elided("", "strong", name="account.name")
        self._role = Elided("", "small-muted", name="account.role")
        self._badge = Icon("triangle-alert", "waiting", 16)
        self._badge.setObjectName("account.badge")
        self._badge.hide()
        self._arrows = Icon("chevrons-up-down", "muted", 16)
        self._words = QWidget()
        self._words.setProperty("look", "plain")
        self._words.setLayout(column(self._name, self._role))
        inner = row(self._avatar, self._words, self._badge, self._arrows, gap=8, margins=(8, 4, 4, 4))
        inner.setStretch(1, 1)
        self.setLayout(inner)
        self._inner = inner
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @override
    def sizeHint(self) -> QSize:
        return QSize(theme().px(160), theme().px(44))

    def show_me(self, me: Me) -> None:
        """Show whose session it is."""
        self._avatar.show_name(me.name)
        self._name.setText(me.name)
        self._role.setText(t(f"console.role.{me.role}"))
        self._username = me.username
        self._explain()

    def show_badge(self, why: str) -> None:
        """Mark the account, in a sentence; nothing takes the mark away."""
        self._why = why
        self._badge.setHidden(not why or self._folded)
        self._explain()

    def _explain(self) -> None:
        account = t("console.account", name=self._name.text())
        self.setAccessibleName(" ".join(filter(None, (account, self._why))))
        self.setToolTip(plain_tip(" · ".join(filter(None, (self._username, self._why)))))

    def fold(self, *, on: bool) -> None:
        """Show only the picture."""
        self._folded = on
        self._badge.setHidden(on or not self._why)
        self._words.setHidden(on)
        self._arrows.setHidden(on)
        left, others = theme().px(4 if on else 8), theme().px(4)
        self._inner.setContentsMargins(left, others, others, others)


class Dot(QWidget):
    """A state in colour, beside its word."""

    def __init__(self) -> None:
        super().__init__()
        self._tone = "waiting"
        self.setFixedSize(theme().px(8), theme().px(8))

    def show_tone(self, tone: str) -> None:
        """Take another colour."""
        self._tone = tone
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour(self._tone))
        painter.drawEllipse(self.rect())
        painter.end()
