"""How much lies in one storage account, now and over time."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from desktop.core.sizes import size
from desktop.core.words import t
from desktop.widgets.card import Card
from desktop.widgets.layout import column
from desktop.widgets.text import Text
from desktop.widgets.usage_chart import UsageChart
from server.contract.storage import Usage


class UsageCard(Card):
    """Says so where nothing was measured yet."""

    def __init__(self) -> None:
        self._now = Text("", "strong", name="storage_account.now")
        super().__init__(t("console.storage.usage"), "storage_account.usage", self._now)
        self._chart = UsageChart("storage_account.chart")
        self._unknown = Text(t("console.storage.usage_none"), "muted", wrap=True)
        holder = QWidget()
        holder.setProperty("look", "plain")
        holder.setLayout(column(self._chart, self._unknown, margins=(20, 0, 20, 12)))
        self.show_rows({"chart": lambda: holder})

    def show_now(self, now: int | None) -> None:
        """Show these bytes; null are unknown."""
        self._now.setText(size(now) if now is not None else "")

    def forget(self) -> None:
        """Show nothing until it is known what was measured."""
        self._chart.show_usage([])

    def show_usage(self, usage: Sequence[Usage]) -> None:
        """Show these measurements."""
        self._chart.show_usage(usage)
        self._chart.setVisible(bool(usage))
        self._unknown.setVisible(not usage)
