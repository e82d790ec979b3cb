"""How phones reach the server, once they do: what is on, until when it holds, and which old addresses are served."""

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from desktop.core import moments
from desktop.core.authority import in_lines
from desktop.core.naming import as_ip
from desktop.core.proxy import Proxy
from desktop.core.reach import (
    IN_FRONT,
    ON_THE_WAY,
    Check,
    Outcome,
    certificate_of,
    checks_of,
    fault_of_phone,
    host_of,
    how_of,
    local_at,
    name_help,
    only_here,
    phones_of,
    proxy_of,
    upstream_of,
)
from desktop.core.words import t
from desktop.dialogs.reach_steps import help_of, upstream
from desktop.widgets.button import button
from desktop.widgets.checks import Checks
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, empty, line, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Elided, Text
from server.contract.reach import Origin, Reach


class HealthStep(QWidget):
    """A check of what there is, and the old addresses that phones still have."""

    retire = Signal(object)
    """An `Origin` that is to be served no longer."""

    def __init__(self, *, narrow: bool) -> None:
        super().__init__()
        self._address = Elided("", "section", name="reach.health.origin")
        self._how = Text("", "muted", wrap=True, name="reach.health.how")
        head = row(Tile("smartphone"), gap=16)
        head.addLayout(column(self._address, self._how, gap=2), 1)
        self._checks = Checks(narrow=narrow, name="reach.health.checks")
        self._help = Banner("waiting", "shield-alert", "reach.health.help")
        self._print = Text("", "mono", wrap=True, name="reach.health.fingerprint").selectable()
        inner = column(Text(t("console.reach.fingerprint"), "strong"), self._print, gap=4, margins=(12, 8, 12, 8))
        self._well = box("well", inner)
        self._upstream = upstream("reach.health.upstream", roomy=not narrow)
        self._old = _OldAddresses()
        self._old.retire.connect(self.retire)
        self._pins = Banner("tint", "info", "reach.health.pins")
        self.pins_end = False
        """That phones may confirm with a PIN can be ended, and harms none."""
        parts = (self._checks, self._help, self._pins, self._upstream, self._well, self._old)
        self.setLayout(column(head, *parts, None, gap=16))

    def show_reach(
        self,
        reach: Reach,
        origins: Sequence[Origin] | None,
        led: Sequence[str] | None,
        met: Mapping[str, Proxy] | None = None,
        *,
        here: bool = True,
    ) -> None:
        """Show how things are; `led` as for `name_of`, `met` what this console has met at origins, as for `proxy_of`.

        `here` is whether the server is one of this computer's.
        """
        self._upstream.show_value(upstream_of(reach) if here else "")
        self._address.setText(reach.origin)
        self._how.setText(how_of(reach, origins))
        self._show_pins(reach, origins)
        origins, met = origins or (), met or {}
        checks = health_of(reach, led, met.get(reach.origin))
        self._checks.show_checks(checks)
        fault = fault_of_phone(reach)
        told = help_of(reach, fault, here=here, lost=False) if fault else ""
        way = [name_help(reach, each, here=here) for each in checks if each.name in ON_THE_WAY]
        self._help.say(" ".join(filter(None, (*way, told))))
        self._well.setVisible(reach.authority is not None)
        self._print.setText(in_lines(reach.authority.fingerprint) if reach.authority else "")
        self._old.show_origins([each for each in origins if not each.current], met, alone=only_here(reach.origin))

    def _show_pins(self, reach: Reach, origins: Sequence[Origin] | None) -> None:
        """Tell that phones may confirm with a PIN; whether any does, where this account is told of phones."""
        theirs = [each for origin in origins or () for each in origin.devices if each.pin]
        bare = as_ip(host_of(reach)) is not None
        why = "bare" if bare else "untold" if origins is None else "used" if theirs else "unused"
        self._pins.say(t(f"console.reach.pins.{why}", named=phones_of(theirs)) if reach.pin_devices else "")
        self.pins_end = reach.pin_devices and why == "unused"


def health_of(reach: Reach, led: Sequence[str] | None = None, proxy: Proxy | None = None) -> Sequence[Check]:
    """Tell of the name, the port, what is in front, the certificate and the last phone, whether they are well."""
    name, port, *_ = checks_of(reach, Outcome.WAITING, led)
    checks = [port] if only_here(reach.origin) else [name, port]
    if reach.how == "proxy":
        checks.append(proxy_of(reach.origin, proxy))
    if (certificate := certificate_of(reach)) is not None:
        checks.append(certificate)
    if (fault := fault_of_phone(reach)) is not None:
        whose = "proxy" if fault in IN_FRONT else "phone"
        checks.append(Check(whose, t(f"console.reach.check.phone_{fault}"), "failed"))
    if (reached := reach.reached) is not None:
        told = t("console.reach.check.last", ip=reached.ip, ago=moments.ago(reached.at, reach.now))
        checks.append(Check("last", told, "ok"))
    else:
        checks.append(Check("last", t("console.reach.check.last_never"), "later"))
    return checks


class _OldAddresses(QFrame):
    """Addresses that phones were enrolled under before, with those phones."""

    retire = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("reach.old")
        self.setProperty("look", "card")
        self._shown: tuple[Sequence[Origin], Mapping[str, Proxy]] = ((), {})
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        title = Text(t("console.reach.old_title"), "section", wrap=True)
        self._text = Text("", "muted", wrap=True, name="reach.old.text")
        above = column(title, self._text, gap=2, margins=(16, 12, 16, 12))
        self.setLayout(column(above, self._rows, margins=(1, 1, 1, 1)))
        self.hide()

    def show_origins(self, origins: Sequence[Origin], met: Mapping[str, Proxy], *, alone: bool) -> None:
        """Show these, and what was met at those of a proxy.

        Where this computer is alone otherwise, there is no address to which a phone could move.
        """
        self._text.setText(t("console.reach.old_text_alone" if alone else "console.reach.old_text"))
        self._text.setVisible(any(each.fault is None and each.port is not None for each in origins))
        if (origins, met) == self._shown:
            return
        self._shown = (origins, met)
        empty(self._rows)
        for place, each in enumerate(origins):
            self._rows.addWidget(line())
            stop = button(t("console.reach.retire"), f"reach.retire.{place}", small=True)
            stop.clicked.connect(partial(self._stop, each))
            stop.setAccessibleName(t("console.reach.retire_name", origin=each.origin))
            words = column(Elided(each.origin, "strong"), Text(phones_of(each.devices), "muted", wrap=True), gap=2)
            if each.fault is not None:
                fault = t("console.reach.old_fault", fault=each.fault)
                words.addWidget(Text(fault, "fault", wrap=True, name=f"reach.old.fault.{place}"))
            elif each.warning is not None:
                warning = t("console.reach.old_warning", warning=each.warning)
                words.addWidget(Text(warning, "fault", wrap=True, name=f"reach.old.warning.{place}"))
            if each.upstream is not None and each.fault is None:
                answers = proxy_of(each.origin, met.get(each.origin)).text
                told = t("console.reach.old_proxy", upstream=local_at(each.upstream), answers=answers)
                words.addWidget(Text(told, "muted", wrap=True, name=f"reach.old.proxy.{place}"))
            whole = row(gap=12, margins=(16, 10, 16, 10))
            whole.addLayout(words, 1)
            whole.addWidget(stop, 0, Qt.AlignmentFlag.AlignVCenter)
            self._rows.addLayout(whole)
        self.setVisible(bool(origins))

    def _stop(self, origin: Origin, _checked: bool = False) -> None:  # noqa: FBT001, FBT002 - a signal's
        self.retire.emit(origin)
