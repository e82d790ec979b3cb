"""Which users are shown: by company, by state and by destination."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.core.places import Place
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.filter import Choice
from desktop.widgets.layout import row
from server.contract.company import Company

STATES: Mapping[str, Mapping[str, str]] = {
    "active": {"status": "active", "enabled": "true"},
    "disabled": {"enabled": "false"},
    "held": {"status": "held"},
}
"""What the server is asked for; a held user may be enabled or not."""
LEAST, MOST = 84, 176
"""Pixels of a filter."""


class UserFilters(QWidget):
    """`picked` says that somebody has chosen."""

    picked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self.company = Choice(t("console.users.company"), "users.company")
        self.state = Choice(t("console.users.status"), "users.state")
        self.destination = Choice(t("console.users.destination"), "users.destination")
        self.company.fill([])
        self.state.fill([(state, t(f"console.users.filter.{state}")) for state in STATES])
        self.destination.fill([])
        choices = (self.company, self.state, self.destination)
        for choice in choices:
            choice.picked.connect(lambda _: self.picked.emit())
            choice.setMinimumWidth(theme().px(LEAST))
            choice.setMaximumWidth(theme().px(MOST))
        layout = row(None, gap=8)
        for choice in choices:
            layout.addWidget(choice, 100)
        self.setLayout(layout)

    @property
    def query(self) -> dict[str, str]:
        """What is asked of the server."""
        chosen = {"company": self.company.value, "destination": self.destination.value}
        return {name: value for name, value in chosen.items() if value} | dict(STATES.get(self.state.value, {}))

    def offer_companies(self, companies: Sequence[Company]) -> None:
        """Offer these; what was chosen stays chosen where it is still there."""
        self.company.fill([(each.id, each.name) for each in companies])

    def offer_places(self, places: Sequence[Place]) -> None:
        """Offer these destinations likewise."""
        self.destination.fill([(each.id, each.words) for each in places])

    def show_company(self, company: Company) -> None:
        """Choose this company, and nothing else."""
        if self.company.findData(company.id) < 0:
            self.company.addItem(company.name, company.id)
        for choice in (self.state, self.destination):
            choice.setCurrentIndex(0)
        self.company.setCurrentIndex(self.company.findData(company.id))

    def clear(self) -> None:
        """Let everybody through."""
        for choice in (self.company, self.state, self.destination):
            choice.setCurrentIndex(0)
