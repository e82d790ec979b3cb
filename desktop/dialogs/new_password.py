"""Choosing a password: twice, and long enough."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.core.problems import shown
from desktop.core.words import t
from desktop.widgets.field import Field
from desktop.widgets.layout import pair
from desktop.widgets.text_line import TextLine
from server.contract.problem import Problem

LEAST = 15
MOST = 1024


class NewPassword(QWidget):
    """Two fields beside each other; what else a password must be, the server says."""

    entered = Signal()

    def __init__(self, name: str, label: str = "", again: str = "") -> None:
        super().__init__()
        self.setProperty("look", "plain")
        hint = t("console.password.hint", count=LEAST)
        self._first = Field(label or t("console.password"), f"{name}.password", secret=True, hint=hint)
        self._second = Field(again or t("console.password.again"), f"{name}.password_again", secret=True, hint=" ")
        fields = pair(self._first, self._second)
        fields.setContentsMargins(0, 0, 0, 0)
        self.setLayout(fields)
        self._first.edit.returnPressed.connect(self.entered)
        self._second.edit.returnPressed.connect(self.entered)

    @property
    def text(self) -> str:
        """The password."""
        return self._first.text

    @property
    def edits(self) -> tuple[TextLine, TextLine]:
        """The two lines."""
        return self._first.edit, self._second.edit

    @property
    def fits(self) -> bool:
        """Tell whether it can be sent; nobody is accused."""
        return LEAST <= len(self._first.text) <= MOST and self._second.text == self._first.text

    def accuse(self, fault: str) -> None:
        """Say what is wrong with it."""
        self._first.accuse(fault)
        self._first.setFocus()

    def check(self) -> bool:
        """Tell whether it can be sent, and say beside the fields why not."""
        length = len(self._first.text)
        short = "" if length >= LEAST else t("console.password.short", count=LEAST)
        long = "" if length <= MOST else t("console.password.long", count=MOST)
        differs = "" if self._second.text == self._first.text else t("console.password.differs")
        self._first.accuse(short or long)
        self._second.accuse("" if short else differs)
        return not (short or long or differs)

    def blame(self, error: Exception) -> bool:
        """Show the error here if it is about the password."""
        what = shown(error)
        if isinstance(error, Problem) and error.code == "weak_password":
            self.accuse(what.text)
        elif "password" in what.fields:
            self.accuse(what.fields["password"])
        else:
            return False
        return True
