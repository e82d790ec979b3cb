"""All companies, or some of them: a part of the forms about administrators and API keys."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QListWidget, QListWidgetItem, QRadioButton
from typing_extensions import override

from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.action_parts import Boxed
from desktop.widgets.layout import column
from desktop.widgets.search import Search
from desktop.widgets.text import plain_tip
from server.contract.company import Company

CHOICE = Qt.ItemDataRole.UserRole
MANY = 8
"""Companies from which on one searches among them."""
LIST = 148


class Companies(Boxed):
    """All companies, or some of those that are there; `all_of_them` is whether all may be chosen."""

    def __init__(self, label: str, name: str, companies: Sequence[Company], *, all_of_them: bool) -> None:
        super().__init__(label, name, "")
        self._all = QRadioButton(t("console.form.companies_all"))
        self._some = QRadioButton(t("console.form.companies_some"))
        self._group = QButtonGroup(self)
        for made, ending in ((self._all, "all"), (self._some, "some")):
            made.setObjectName(f"{name}.{ending}")
            self._group.addButton(made)
        self._list = QListWidget()
        self._list.setObjectName(f"{name}.list")
        self._list.setProperty("look", "field")
        self._list.setAccessibleName(label)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for company in companies:
            item = QListWidgetItem(company.name, self._list)
            item.setData(CHOICE, company.id)
            item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Unchecked)
            item.setToolTip(plain_tip(company.name))
        self._list.setFixedHeight(theme().px(min(LIST, 12 + 36 * max(1, len(companies)))))
        self._search = Search(t("console.form.companies_search"), f"{name}.search")
        self._search.textChanged.connect(self._narrow)
        self._many = len(companies) >= MANY
        self.setLayout(column(self._title, self._all, self._some, self._search, self._list, self._fault, gap=8))
        self._all.setVisible(all_of_them)
        self._some.setVisible(all_of_them)
        (self._all if all_of_them else self._some).setChecked(True)
        self._show()
        self._group.buttonClicked.connect(lambda _: self._chosen())
        self._list.itemChanged.connect(lambda _: self.changed.emit())

    @override
    def value(self) -> list[str] | None:
        if self._all.isChecked():
            return None
        return [str(each.data(CHOICE)) for each in self._items() if each.checkState() is Qt.CheckState.Checked]

    @override
    def show_value(self, value: Any) -> None:
        (self._all if value is None else self._some).setChecked(True)
        for each in self._items():
            on = each.data(CHOICE) in (value or ())
            each.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._show()

    @override
    def missing(self) -> str:
        return t("console.form.companies_none") if self.value() == [] else ""

    @override
    def begin(self) -> None:
        (self._list if self._some.isChecked() else self._all).setFocus()

    def _chosen(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        some = self._some.isChecked()
        self._list.setVisible(some)
        self._search.setVisible(some and self._many)

    def _narrow(self, text: str) -> None:
        for each in self._items():
            each.setHidden(text.strip().casefold() not in each.text().casefold())

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]
