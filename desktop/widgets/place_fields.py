"""Where a user's data lies: one of the destinations that the company may use, and a folder in it."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from desktop.core.places import Place, usable
from desktop.core.words import t
from desktop.widgets.field import Field
from desktop.widgets.layout import column, pair
from desktop.widgets.notice import Banner
from desktop.widgets.text import plain_tip
from server.contract.user import User


class PlaceFields(QWidget):
    """`user` is whose they are, nobody's yet for a new one."""

    changed = Signal()

    def __init__(self, user: User | None, *, sees_all: bool, stacked: bool) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self._user, self._sees_all = user, sees_all
        self._places: list[Place] = []
        self._company: str | None = user.company if user else None
        self._known = self._new = False
        self._combo = QComboBox()
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.setMinimumContentsLength(8)
        self._combo.currentTextChanged.connect(lambda name: self._combo.setToolTip(plain_tip(name)))
        self.destination = Field(
            t("console.user_form.destination"), "user_form.destination", editor=self._combo, hint=" "
        )
        self.folder = Field(t("console.user_form.folder"), "user_form.folder", hint=" ")
        self.folder.edit.setMaxLength(512)
        self._combo.addItem(t("console.user_form.no_destination"), "")
        if user and user.destination:
            self._combo.addItem(user.destination_name or user.destination, user.destination)
            self._combo.setCurrentIndex(1)
            self.folder.edit.setText(user.folder or "")
        self._moves = Banner("waiting", "info", "user_form.moves")
        self._combo.activated.connect(lambda _: self._turn())
        self.folder.edit.textEdited.connect(lambda _: self._turn())
        fields = column(self.destination, self.folder, gap=16) if stacked else pair(self.destination, self.folder)
        self.setLayout(column(fields, self._moves, gap=16))
        self._turn()

    @property
    def values(self) -> dict[str, object]:
        """What is sent: for a user that is there only what is different."""
        destination, folder = str(self._combo.currentData() or "") or None, self.folder.text
        if self._user is None:
            return {"destination": destination, **({"folder": folder} if destination and folder else {})}
        if destination is None:
            return {} if self._user.destination is None else {"destination": None}
        found = {"destination": destination, "folder": folder or self._user.id}
        before = {"destination": self._user.destination, "folder": self._user.folder}
        return {} if found == before else dict(found)

    def lock(self) -> None:
        """Let nobody change them."""
        for editor in (self._combo, self.folder.editor):
            editor.setEnabled(False)

    def offer(self, places: Sequence[Place]) -> None:
        """Offer these, as far as the company may use them."""
        self._places, self._known = list(places), True
        self.show_company(self._company, new=self._new)

    def show_company(self, company: str | None, *, new: bool) -> None:
        """Offer what this company may use; one that is only being made has nothing yet."""
        self._company, self._new = company, new
        if not self._known:
            return
        chosen = self._combo.currentData()
        self._combo.clear()
        self._combo.addItem(t("console.user_form.no_destination"), "")
        for place in [] if new else usable(self._places, company, sees_all=self._sees_all):
            self._combo.addItem(place.words, place.id)
        self._combo.setCurrentIndex(max(0, self._combo.findData(chosen)))
        self._turn()

    def _turn(self) -> None:
        """Say what follows from what is chosen."""
        given, user = bool(self._combo.currentData()), self._user
        self.folder.editor.setEnabled(given and self._combo.isEnabled())
        self.folder.advise(
            t("console.user_form.folder_edit", id=user.id) if user else t("console.user_form.folder_new")
        )
        self.destination.advise(self._hint())
        moves = user is not None and user.destination is not None and bool(self.values)
        self._moves.say(t("console.user_form.moves") if moves else "")
        self.changed.emit()

    def _hint(self) -> str:
        if self._known and self._combo.count() == 1:
            if self._company is not None or self._new:
                return t("console.user_form.none_usable")
            return t("console.user_form.none_at_all" if self._sees_all else "console.user_form.none_without_company")
        return t("console.user_form.no_destination_hint")
