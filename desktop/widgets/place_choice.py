"""Where at a service something is to lie: one of its buckets or folders, a new one, and perhaps a path in it."""

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QListWidget, QListWidgetItem, QRadioButton, QWidget

from desktop.core.storage import NOUNS, noun_of
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.company_choice import MANY
from desktop.widgets.field import Field
from desktop.widgets.layout import column
from desktop.widgets.search import Search
from desktop.widgets.text import Text, plain_tip
from server.contract.storage import StorageKind

FOUND, TYPED, NEW = range(3)
LIST = 148
BUCKET = re.compile(r"(?![0-9.]*$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|[0-9]{3,63}")
"""What all S3 services take as a name: nothing that is like an address."""
CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")


class PlaceChoice(QWidget):
    """`place` is what was chosen, `new` its name where it has to be made first, `called` what it is to be called."""

    changed = Signal()
    entered = Signal()
    """A place was double-clicked; Enter is the dialog's default button's."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self._name = name
        self._kind = StorageKind.AMAZON_S3
        self._places: Sequence[str] = ()
        self._own_name = False
        self._group = QButtonGroup(self)
        self._ways = [self._radio("found"), self._radio("typed"), self._radio("new")]
        self._list = QListWidget()
        self._list.setObjectName(f"{name}.list")
        self._list.setProperty("look", "field")
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._search = Search(t("console.storage.place.search"), f"{name}.search")
        self._fault = Text("", "fault", wrap=True, name=f"{name}.list.fault")
        self._fault.hide()
        self._typed = Field(t("console.storage.place.name"), f"{name}.typed")
        self._new = Field(t("console.storage.place.new_name"), f"{name}.new")
        self._path = Field(t("console.storage.place.path"), f"{name}.path", hint=t("console.storage.place.path_hint"))
        self._called = Field(
            t("console.storage.place.called"), f"{name}.called", hint=t("console.storage.place.called_hint")
        )
        self._called.edit.setMaxLength(120)
        parts = [self._list, self._fault]
        ways = column(gap=8)
        for made, under in zip(self._ways, ((self._search, *parts), (self._typed,), (self._new,)), strict=True):
            ways.addWidget(made)
            for part in under:
                ways.addWidget(part)
        self.setLayout(column(ways, self._path, self._called, gap=16))
        self._join()

    @property
    def new(self) -> str:
        """The name of the place that has to be made; nothing for one that is there."""
        return self._new.text if self._group.checkedId() == NEW else ""

    @property
    def typed(self) -> str:
        """The place with the path in it, where it was typed: nobody has seen it yet."""
        return self.place if self._group.checkedId() == TYPED else ""

    @property
    def place(self) -> str:
        """The place with the path in it."""
        path = self._path.text.strip("/")
        return f"{self._root}/{path}" if path and self._root else self._root

    @property
    def called(self) -> str:
        """What people are to call it."""
        return self._called.text

    @property
    def list_focus(self) -> QWidget:
        """What the keyboard begins at."""
        return (self._list, self._typed.editor, self._new.editor)[self._group.checkedId()]

    def show_places(self, places: Sequence[str], kind: StorageKind) -> None:
        """Offer these; what was chosen stays chosen where it is still there."""
        chosen = self._chosen
        self._kind, self._places = kind, list(places)
        noun = noun_of(kind)
        self._ways[FOUND].setText(t("console.storage.place.found", noun=noun))
        self._ways[TYPED].setText(t("console.storage.place.typed", noun=noun))
        self._ways[NEW].setText(t("console.storage.place.make", noun=noun))
        self._list.setAccessibleName(self._ways[FOUND].text())
        self._list.clear()
        for each in self._places:
            item = QListWidgetItem(each, self._list)
            item.setToolTip(plain_tip(each))
        self._list.setFixedHeight(theme().px(min(LIST, 12 + 36 * max(1, len(self._places)))))
        kept = chosen if chosen in self._places else (self._places[0] if self._places else "")
        for item in self._list.findItems(kept, Qt.MatchFlag.MatchExactly):
            self._list.setCurrentItem(item)
        self._ways[FOUND].setVisible(bool(self._places))
        if not self._places and self._group.checkedId() == FOUND:
            self._ways[TYPED].setChecked(True)
        elif self._places and self._group.checkedId() == TYPED and not self._typed.text:
            self._ways[FOUND].setChecked(True)
        self._turn()

    def check(self) -> bool:
        """Tell whether it can be used, and say where not."""
        way = self._group.checkedId()
        self._fault.setText("" if way != FOUND or self._chosen else t("console.storage.place.choose"))
        self._fault.setVisible(bool(self._fault.text()))
        self._typed.accuse("" if way != TYPED or self._typed.text else t("console.field.missing"))
        self._new.accuse(self._fault_of_new() if way == NEW else "")
        self._called.accuse("" if self.called else t("console.field.missing"))
        first = next((each for each in (self._typed, self._new, self._called) if each.fault()), None)
        if first is not None:
            first.editor.setFocus()
        return first is None and not self._fault.text()

    def accuse_place(self, fault: str) -> None:
        """Say what is wrong with the place that was chosen."""
        way = self._group.checkedId()
        if way == FOUND:
            self._fault.setText(fault)
            self._fault.setVisible(bool(fault))
        else:
            (self._typed if way == TYPED else self._new).accuse(fault)

    def accuse_name(self, fault: str) -> None:
        """Say what is wrong with what it is to be called."""
        self._called.accuse(fault)
        self._called.editor.setFocus()

    @property
    def _chosen(self) -> str:
        shown = [item for item in self._list.selectedItems() if not item.isHidden()]
        return shown[0].text() if shown else ""

    @property
    def _root(self) -> str:
        return (self._chosen, self._typed.text.strip("/"), self._new.text)[self._group.checkedId()]

    def _radio(self, way: str) -> QRadioButton:
        made = QRadioButton()
        made.setObjectName(f"{self._name}.by_{way}")
        self._group.addButton(made, len(self._group.buttons()))
        return made

    def _join(self) -> None:
        self._ways[FOUND].setChecked(True)
        self._group.idClicked.connect(lambda _: self._turn())
        self._list.currentItemChanged.connect(lambda *_: self._follow())
        self._list.itemDoubleClicked.connect(lambda _: self.entered.emit())
        self._search.textChanged.connect(self._narrow)
        self._called.edit.textEdited.connect(lambda text: setattr(self, "_own_name", bool(text.strip())))
        for field in (self._typed, self._new, self._path):
            field.edit.textEdited.connect(lambda _: self._follow())

    def _turn(self) -> None:
        way = self._group.checkedId()
        self._list.setVisible(way == FOUND)
        self._search.setVisible(way == FOUND and len(self._places) >= MANY)
        self._fault.setVisible(way == FOUND and bool(self._fault.text()))
        self._typed.setVisible(way == TYPED)
        self._new.setVisible(way == NEW)
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        """Call it as the place is called, until somebody calls it otherwise."""
        if not self._own_name:
            self._called.edit.setText(self.place)
            self._called.accuse("")

    def _narrow(self, text: str) -> None:
        for each in (self._list.item(row) for row in range(self._list.count())):
            each.setHidden(text.strip().casefold() not in each.text().casefold())

    def _fault_of_new(self) -> str:
        name = self._new.text
        if not name:
            return t("console.field.missing")
        if name in self._places:
            return t("console.storage.place.exists")
        if NOUNS[self._kind] == "folder":
            return t("console.storage.place.no_slash") if "/" in name or "\\" in name else ""
        noun = NOUNS[self._kind]
        fits = (CONTAINER if noun == "container" else BUCKET).fullmatch(name)
        return "" if fits else t(f"console.storage.place.malformed.{noun}")
