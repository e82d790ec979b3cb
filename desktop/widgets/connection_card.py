"""How a storage account is reached, whether it was when it was last tried, and what can be done about it."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.core.storage import SECRETS, SETTINGS, advice_after, label_of, service_of, tone_of
from desktop.core.words import t
from desktop.widgets.button import button
from desktop.widgets.card import Card
from desktop.widgets.facts import Fact, Facts
from desktop.widgets.flow import Flow
from desktop.widgets.layout import column
from desktop.widgets.notice import Banner
from desktop.widgets.storage_columns import kind_in_words
from server.contract.storage import StorageAccount, StorageKind, TestResult, Tried, fingerprint

LABEL = 132


class ConnectionCard(Card):
    """Of its secrets it only says that they are kept."""

    def __init__(
        self,
        test: Callable[[], object],
        change: Callable[[], object],
        name: Callable[[], object],
        delete: Callable[[], object],
    ) -> None:
        super().__init__(t("console.storage.connection"), "storage_account.connection")
        self._settings = Facts(label=LABEL, name="storage_account.settings")
        self.tested = Banner("good", "circle-check", "storage_account.tested")
        self.test = button(t("console.storage.test"), "storage_account.test", test, icon="gauge")
        self._change = button(t("console.storage.change"), "storage_account.change", change, icon="key-round")
        self._rename = button(t("console.storage.rename"), "storage_account.rename", name, icon="pencil")
        self._delete = button(
            t("console.storage.delete"), "storage_account.delete", delete, look="danger", icon="trash-2"
        )
        self.buttons = [self.test, self._change, self._rename, self._delete]
        holder = QWidget()
        holder.setProperty("look", "plain")
        margins = (20, 0, 20, 16)
        holder.setLayout(column(self._settings, self.tested, Flow(*self.buttons), gap=12, margins=margins))
        self.show_rows({"settings": lambda: holder})

    def show_account(self, account: StorageAccount) -> None:
        """Show how this one is reached."""
        self._settings.show_facts(facts_of(account))

    def offer(self, *, edits: bool, changes: bool, deletes: bool) -> None:
        """Offer what one's rights and what waits leave to be done."""
        self.test.setVisible(edits)
        self._rename.setVisible(edits)
        self._change.setVisible(changes)
        self._delete.setVisible(deletes)

    def say_testing(self) -> None:
        """Say that it is being tried."""
        self.test.setEnabled(False)
        self.tested.turn("tint", "loader")
        self.tested.say(t("console.storage.testing"))

    def say_tested(self, tried: Tried, kind: StorageKind) -> None:
        """Say what came of it, and what to do about that."""
        good = tried.result is TestResult.OK
        self.tested.turn(tone_of(tried.result), "circle-check" if good else "triangle-alert")
        self.tested.say(advice_after(tried, kind))

    def say_not_tested(self, why: str) -> None:
        """Say why it could not even be tried."""
        self.tested.turn("bad", "triangle-alert")
        self.tested.say(why)


def facts_of(account: StorageAccount) -> list[Fact]:
    """Return how it is reached, in the order in which it was asked for; of secrets only that they are kept."""
    service, settings = service_of(account), account.settings
    names = [each.name for each in SETTINGS[service]]
    facts: list[Fact] = [(t("console.storage.kind"), kind_in_words(account))]
    facts += [(label_of(name), settings.get(name, "")) for name in names if name not in SECRETS]
    kept = [label_of(name) for name in names if name in SECRETS]
    if kept:
        facts.append((kept[0] if len(kept) == 1 else t("console.storage.credentials"), t("console.storage.kept")))
    if key := settings.get("host_key"):
        facts.append((label_of("host_key"), fingerprint(key)))
    return facts
