"""One's own password again, and where it is needed a grant, before a second factor is set up."""

from PySide6.QtCore import QObject, Signal

from desktop.core.words import t
from desktop.widgets.field import Field
from desktop.widgets.layout import column


class OwnPassword(QObject):
    """`name` is what its fields are found by; the grant is asked for from the start where it is needed."""

    entered = Signal()
    typed = Signal()
    """Somebody types, perhaps into what had to be scrolled to."""

    def __init__(self, username: str, name: str, *, needs_grant: bool, gap: int) -> None:
        super().__init__()
        self._field = Field(t("console.enrolment.password", username=username), f"{name}.password", secret=True)
        self._grant = Field(t("console.enrolment.grant"), f"{name}.grant", hint=t("console.enrolment.grant_hint"))
        if not needs_grant:
            self._grant.hide()
        for field in (self._field, self._grant):
            field.edit.returnPressed.connect(self.entered)
            field.edit.textEdited.connect(lambda _: self.typed.emit())
        self.fields = column(self._field, self._grant, gap=gap)

    @property
    def password(self) -> str:
        """What was typed; kept while a new code may be asked for."""
        return self._field.text

    @property
    def grant(self) -> str:
        """What was pasted."""
        return self._grant.text if not self._grant.isHidden() else ""

    def carry(self, password: str) -> None:
        """Take the password that was typed a moment ago, so that nobody is asked for it again."""
        self._field.edit.setText(password)
        self._field.hide()

    def ready(self) -> None:
        """Put the cursor where it is needed."""
        (self._grant if self._field.isHidden() else self._field).setFocus()

    def accuse(self, fault: str) -> None:
        """Say what is wrong with the password."""
        self._field.show()
        self._field.accuse(fault)
        self._field.edit.selectAll()
        self._field.setFocus()

    def ask_grant(self, fault: str) -> None:
        """Ask for a grant, too."""
        self._grant.show()
        self._grant.accuse(fault)
        self._grant.setFocus()

    def forget(self) -> None:
        """Keep nothing."""
        self._field.edit.clear()
        self._field.show()
        self._grant.edit.clear()
