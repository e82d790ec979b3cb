"""On which of this computer's networks the server listens: on all of them, unless somebody wants one alone."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from desktop.core.words import t
from desktop.widgets.field import Field
from server.contract.reach import Address


class Interface(Field):
    """Offers all networks, and each address of this computer; what was chosen stays chosen."""

    chosen = Signal()
    """Somebody has chosen."""

    def __init__(self) -> None:
        self._choice = QComboBox()
        super().__init__(
            t("console.reach.interface"),
            "reach.interface",
            hint=t("console.reach.interface_hint"),
            editor=self._choice,
        )
        self._choice.activated.connect(lambda _: self._choose())

    @property
    def host(self) -> str:
        """The one address to listen on; nothing for all of them."""
        return str(self._choice.currentData() or "")

    def offer(self, addresses: Sequence[Address], now: str | None) -> None:
        """Offer these; `now` is the one that the server listens on, null for all."""
        kept = self.host if self._choice.count() else now or ""
        self._choice.clear()
        self._choice.addItem(t("console.reach.interface_all"), "")
        for ip in dict.fromkeys(each.ip for each in addresses if each.ip):
            self._choice.addItem(t("console.reach.interface_one", ip=ip), ip)
        self._choice.setCurrentIndex(max(0, self._choice.findData(kept)))

    def _choose(self) -> None:
        self.accuse("")
        self.chosen.emit()

    def options(self) -> tuple[str, ...]:
        """Return it as the server's program takes it."""
        return ("--host", self.host) if self.host else ()

    def fault_with(self, address: Address | None) -> str:
        """Tell where phones that call this address would not arrive at the chosen network."""
        if address is None or not self.host or not address.to or self.host in address.to:
            return ""
        return t("console.reach.interface_elsewhere", name=address.name or address.ip, to=", ".join(address.to))
