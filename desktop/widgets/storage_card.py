"""What lies in all storage accounts together, and over time: a card of the first page that leads to them."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from desktop.core.sizes import size
from desktop.core.words import n, t
from desktop.widgets.button import button
from desktop.widgets.card import Card
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text
from desktop.widgets.usage_chart import UsageChart
from server.contract.storage import StorageAccount, Usage


class StorageCard(Card):
    """Hidden where there is no account that one sees."""

    def __init__(self, go: Callable[[], object]) -> None:
        self._now = Text("", "strong", name="overview.storage.now")
        super().__init__(t("console.overview.storage"), "overview.storage", self._now)
        self._facts = Text("", "muted", wrap=True, name="overview.storage.facts")
        self._chart = UsageChart("overview.storage.chart")
        opened = button(t("console.overview.open"), "overview.storage.open", go, look="link")
        opened.setAccessibleName(f"{opened.text()}: {t('console.storage.title')}")
        holder = QWidget()
        holder.setProperty("look", "plain")
        head = row(self._facts, gap=12)
        head.addWidget(opened)
        head.setStretch(0, 1)
        holder.setLayout(column(head, self._chart, gap=8, margins=(20, 0, 16, 12)))
        self.show_rows({"chart": lambda: holder})
        self.hide()

    def show_storage(self, accounts: Sequence[StorageAccount], usage: Sequence[Usage]) -> bool:
        """Show these; tell whether the card has come or gone."""
        hidden = not accounts
        moved = self.isHidden() is not hidden
        self.setHidden(hidden)
        known = [each for each in accounts if each.bytes is not None]
        self._now.setText(size(sum(each.bytes or 0 for each in known)) if known else "")
        objects = n("console.storage.objects", sum(each.objects or 0 for each in known))
        count = n("console.storage.count", len(accounts))
        self._facts.setText(f"{count} · {objects if known else t('console.storage.not_measured')}")
        self._chart.show_usage(usage)
        self._chart.setVisible(bool(usage))
        return moved
