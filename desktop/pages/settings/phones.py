"""The part of Settings > Server about phones: how they reach the server, and the way to change that."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from desktop.core import moments
from desktop.core.authority import in_lines
from desktop.core.reach import Outcome, checks_of, fault_in_front, how_of, old_of, only_here, over_of, still_open
from desktop.core.words import t
from desktop.widgets.button import button, rename
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.facts import Facts
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.text import Text
from server.contract.reach import Origin, Reach


class PhonesCard(QFrame):
    """`here` is whether the server is one of this computer's; another one's address is not changed from here."""

    opened = Signal()
    """Somebody wants to let phones connect, or to see how that is."""

    def __init__(self, *, here: bool) -> None:
        super().__init__()
        self.setObjectName("settings.phones")
        self.setProperty("look", "card")
        self._here = here
        self._chip = Chip(name="settings.phones.state")
        self._text = Text("", "muted", wrap=True, name="settings.phones.text")
        self._facts = Facts(label=120, name="settings.phones.facts")
        self._open = button(t("console.reach.open"), "settings.phones.open", self.opened.emit)
        head = row(Tile("smartphone"), Text(t("console.phones.title"), "section"), self._chip, None, gap=12)
        layout = column(head, self._text, self._facts, gap=12, margins=(20, 20, 20, 20))
        layout.addWidget(self._open, 0, Qt.AlignmentFlag.AlignLeft)
        self.setLayout(layout)
        self.hide()

    def show_reach(self, reach: Reach, origins: Sequence[Origin] | None) -> None:
        """Show how phones reach the server, and by which old addresses; null for who is not told those."""
        how, untold, origins = how_of(reach, origins), origins is None, origins or ()
        alone, left = only_here(reach.origin), old_of(origins)
        rename(self._open, t("console.reach.open" if self._here else "console.reach.let_in"))
        self._open.setVisible(self._here or not alone or bool(left))
        used = reach.reached is not None or any(each.current and each.devices for each in origins)
        nobody_knows = alone and untold
        self._chip.show_mark(Mark("") if nobody_knows else _mark_of(reach, still=bool(still_open(origins)), used=used))
        whose = "" if self._here else t("console.phones.elsewhere_alone" if alone else "console.phones.elsewhere")
        self._text.setText(" ".join(filter(None, (how, whose))))
        certificate, reached = reach.certificate, reach.reached
        ends = moments.date(certificate.expires_at) if certificate else ""
        if certificate is not None and certificate.renews_at is not None:
            ends = t("console.reach.check.ends_renews", ends=ends, renews=moments.date(certificate.renews_at))
        last = t("console.reach.check.last", ip=reached.ip, ago=moments.ago(reached.at, reach.now)) if reached else ""
        pins = [(t("console.phones.pin"), t("console.phones.pin_allowed"))] if reach.pin_devices else []
        self._facts.show_facts(
            pins
            if alone
            else [
                (t("console.phones.address"), reach.origin),
                (t("console.phones.certificate"), ends),
                (t("console.phones.fingerprint"), in_lines(reach.authority.fingerprint) if reach.authority else ""),
                (t("console.phones.last"), last),
                *pins,
            ]
        )
        self._facts.setVisible(not alone or bool(pins))
        self.show()


def _mark_of(reach: Reach, *, still: bool, used: bool) -> Mark:
    """Tell whether phones can connect, as far as the server sees; a name that it has not looked up is not doubted.

    `used` is whether a phone has come by this address, ever.
    """
    if only_here(reach.origin) and still:
        return Mark(t("console.phones.still_open"), "waiting")
    if only_here(reach.origin):
        return Mark(t("console.phones.off"), "off")
    if fault_in_front(reach) is not None:
        return Mark(t("console.phones.proxy"), "waiting")
    if reach.misnamed or over_of(reach):
        return Mark(t("console.phones.distrusted"), "bad")
    if reach.fault:
        return Mark(t("console.phones.certificate_fault"), "waiting")
    name, port, *_ = checks_of(reach, Outcome.WAITING)
    if name.state == "failed":
        return Mark(t("console.phones.doubtful"), "waiting")
    if port.state == "failed":
        return Mark(t("console.phones.deaf"), "waiting")
    return Mark(t("console.phones.on"), "good") if used else Mark(t("console.phones.ready"), "off")
