"""The destinations of a storage account under each other, or that there is none yet."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.core.words import t
from desktop.widgets.card import Card
from desktop.widgets.destination_row import DestinationRow
from desktop.widgets.layout import column
from desktop.widgets.text import Text
from server.contract.storage import Destination, StorageAccount, StorageKind


class DestinationsCard(Card):
    """Who may not edit is offered nothing but to browse them."""

    browse_asked = Signal(object)
    edit_asked = Signal(object)
    remove_asked = Signal(object)

    def __init__(self, beside: QWidget, *, edits: bool) -> None:
        super().__init__(t("console.storage.destinations"), "storage_account.destinations", beside)
        self._edits = edits

    def show_destinations(
        self, account: StorageAccount, names: Mapping[str, str], *, engine: bool, roomy: bool
    ) -> bool:
        """Show these, with the `names` of companies; tell whether any is new, gone or moved."""
        make = partial(self._row, kind=account.kind, names=names, engine=engine, roomy=roomy)
        rows: dict[Hashable, Callable[[], QWidget]] = {
            (one.model_dump_json(), *names.items(), engine, roomy): partial(make, one) for one in account.destinations
        }
        return self.show_rows(rows or {None: _nothing})

    def _row(
        self, one: Destination, kind: StorageKind, names: Mapping[str, str], *, engine: bool, roomy: bool
    ) -> DestinationRow:
        made = DestinationRow(one, kind, names, edits=self._edits, engine=engine, roomy=roomy)
        made.browse_asked.connect(self.browse_asked)
        made.edit_asked.connect(self.edit_asked)
        made.remove_asked.connect(self.remove_asked)
        return made


def _nothing() -> QWidget:
    words = Text(t("console.storage.no_destination_text"), "muted", wrap=True, name="storage.none")
    holder = QFrame()
    holder.setProperty("look", "bar")
    holder.setLayout(column(words, margins=(20, 12, 20, 12)))
    return holder
