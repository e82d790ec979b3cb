"""The first step of letting phones connect: under which address, and by whose certificate."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QLayout, QRadioButton, QVBoxLayout, QWidget

from desktop.core.words import n, t
from desktop.reaching import Plan
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.field import Field
from desktop.widgets.layout import box, column, empty, line, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.reach import Address, Origin, Reach

PORT = 8443
WAYS = ("own", "files", "proxy")
OTHER = "other"
MOST_NAMED = 3
"""Phones that are named; the others are counted."""


class AddressStep(QWidget):
    """Three ways, and what each of them needs to know."""

    turned = Signal()
    """Another way: another size."""

    def __init__(self, *, roomy: bool) -> None:
        super().__init__()
        self._port = Field(t("console.reach.port"), "reach.port", hint=t("console.reach.port_hint"))
        self._port.edit.setMaxLength(5)
        self._own = _Own(roomy=roomy)
        self._files = _Files()
        self._proxy = _Proxy()
        self._kept = Banner("tint", "info", "reach.kept")
        self._group = QButtonGroup(self)
        self._parts: dict[str, QWidget] = {"own": self._own, "files": self._files, "proxy": self._proxy}
        ways = column()
        for place, name in enumerate(WAYS):
            if place:
                ways.addWidget(line())
            chosen = QRadioButton(t(f"console.reach.way.{name}"))
            chosen.setObjectName(f"reach.way.{name}")
            chosen.setProperty("look", "strong")
            self._group.addButton(chosen, place)
            words = column(Text(t(f"console.reach.way.{name}_text"), "muted", wrap=True), margins=(28, 0, 0, 0))
            inside = column(self._parts[name], margins=(28, 0, 0, 0))
            if name == "own":
                inside.addSpacing(theme().px(8))
                inside.addWidget(self._port)
            ways.addLayout(column(chosen, words, inside, gap=6, margins=(16, 12, 16, 12)))
        self._group.idClicked.connect(lambda _: self._turn())
        self._group.button(0).setChecked(True)
        title = Text(t("console.reach.address_title"), "title", wrap=True)
        lead = Text(t("console.reach.address_lead"), "muted", wrap=True)
        card = box("card", ways)
        self.setLayout(column(title, lead, self._kept, card, None, gap=12))
        self._turn()

    def show_reach(self, reach: Reach, origins: Sequence[Origin]) -> None:
        """Offer this computer's names, and say who goes on under the address of now."""
        self._own.show_addresses(reach.addresses, self._group.button(0))
        devices = [device for each in origins for device in each.devices]
        named = ", ".join(f"{each.name} ({each.username})" for each in devices[:MOST_NAMED])
        if len(devices) > MOST_NAMED:
            named = t("console.request.targets", first=named, count=len(devices))
        self._kept.say(n("console.reach.kept", len(devices), named=named) if devices else "")
        self._port.edit.setPlaceholderText(str(PORT if reach.how == "this_computer" else reach.port))

    def accuse(self, fault: str) -> None:
        """Say what the server's program said."""
        self._kept.turn("bad", "triangle-alert")
        self._kept.say(fault)

    def plan(self) -> Plan | None:
        """Return what was chosen; none where something is missing, which is said beside its field."""
        way = WAYS[self._group.checkedId()]
        if way == "own":
            return self._own.plan(self._port)
        return self._files.plan() if way == "files" else self._proxy.plan()

    def ready(self) -> None:
        """Put the cursor where it is needed."""
        if (chosen := self._group.checkedButton()) is not None:
            chosen.setFocus()

    def _turn(self) -> None:
        way = WAYS[self._group.checkedId()]
        for name, part in self._parts.items():
            part.setVisible(name == way)
        self._port.setVisible(way == "own")
        self.turned.emit()


class _Own(QWidget):
    """The names and addresses of this computer, each with whether it resolves, and another one to type."""

    def __init__(self, *, roomy: bool) -> None:
        super().__init__()
        self._roomy = roomy
        self._addresses: dict[int, Address] = {}
        self._group = QButtonGroup(self)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme().px(8))
        self._other = Field(t("console.reach.other_name"), "reach.other_name", hint=t("console.reach.other_hint"))
        self._warning = Banner("waiting", "triangle-alert", "reach.address_warning")
        self._group.idToggled.connect(lambda _place, on: self._explain() if on else None)
        self._other.edit.textEdited.connect(lambda _: self._explain())
        self.setLayout(column(self._rows, self._other, self._warning, gap=8))

    def show_addresses(self, addresses: Sequence[Address], after: QWidget) -> None:
        """Show these, the first name that resolves chosen; `after` is what the keyboard reaches before them."""
        empty(self._rows)
        for old in self._group.buttons():
            self._group.removeButton(old)
        self._addresses = dict(enumerate(addresses))
        for place, each in self._addresses.items():
            self._rows.addLayout(self._row(place, each))
        other = QRadioButton(t("console.reach.another"))
        other.setObjectName("reach.name.other")
        self._group.addButton(other, len(addresses))
        self._rows.addWidget(other)
        best = next((place for place, each in self._addresses.items() if each.kind == "name" and each.resolves), None)
        first = best if best is not None else 0 if addresses else len(addresses)
        self._group.button(first).setChecked(True)
        for place in range(len(addresses) + 1):
            made = self._group.button(place)
            QWidget.setTabOrder(after, made)
            after = made
        self._explain()

    def plan(self, port: Field) -> Plan | None:
        number = port.text
        fine = not number or (number.isascii() and number.isdecimal() and 0 < int(number) < 65536)
        port.accuse("" if fine else t("console.reach.port_malformed"))
        chosen = self._chosen()
        if chosen is None and not self._other.text:
            self._other.accuse(t("console.field.missing"))
            return None
        if not fine:
            return None
        more = ("--port", number) if number else ()
        if chosen is not None and chosen.kind == "ip":
            return Plan(("init", "--ip", chosen.ip or "", "--pin-devices", *more), chosen.ip or "")
        name = (chosen.name if chosen else None) or self._other.text
        return Plan(("init", "--name", name, *more), name)

    def _chosen(self) -> Address | None:
        return self._addresses.get(self._group.checkedId())

    def _explain(self) -> None:
        chosen = self._chosen()
        self._other.setVisible(chosen is None)
        self._other.accuse("")
        if chosen is None:
            self._warning.say("")
        elif chosen.kind == "ip":
            self._warning.say(t("console.reach.no_name"))
        else:
            self._warning.say("" if chosen.resolves else t("console.reach.unresolved", name=chosen.name))

    def _row(self, place: int, each: Address) -> QLayout:
        text = each.name or each.ip or ""
        chosen = QRadioButton(text)
        chosen.setObjectName(f"reach.name.{place}")
        self._group.addButton(chosen, place)
        if each.kind == "ip":
            mark, leads = Mark(t("console.reach.address_only"), "off"), ""
        elif each.resolves:
            mark, leads = Mark(t("console.reach.resolves"), "good"), ", ".join(each.to)
        else:
            mark, leads = Mark(t("console.reach.resolves_not"), "waiting"), ", ".join(each.to)
        chosen.setAccessibleName(f"{text}, {mark.text} {leads}".strip())
        if not self._roomy:
            return column(chosen, row(Chip(mark), None, margins=(28, 0, 0, 0)), gap=4)
        told = Text(leads, "muted", wrap=True)
        told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        whole = row(chosen, gap=12)
        whole.addWidget(told, 1)
        whole.addWidget(Chip(mark), 0, Qt.AlignmentFlag.AlignVCenter)
        return whole


class _Files(QWidget):
    """A certificate that somebody else has made, its key, and the address that it is for."""

    def __init__(self) -> None:
        super().__init__()
        self._fields = {
            "certificate": Field(t("console.reach.certificate"), "reach.certificate"),
            "key": Field(t("console.reach.key"), "reach.key"),
            "url": Field(t("console.reach.url"), "reach.files_url", hint=t("console.reach.url_hint")),
        }
        layout = column(gap=8)
        for name, field in self._fields.items():
            if name == "url":
                layout.addWidget(field)
                continue
            words = t("console.reach.browse")
            browse = button(words, f"reach.browse_{name}", partial(self._browse, name))
            browse.setAccessibleName(t(f"console.reach.browse_{name}"))
            line_of = row(gap=8)
            line_of.addWidget(field, 1)
            line_of.addWidget(browse, 0, Qt.AlignmentFlag.AlignBottom)
            layout.addLayout(line_of)
        self.setLayout(layout)

    def plan(self) -> Plan | None:
        faults = {
            name: "" if Path(self._fields[name].text).is_file() else t("console.reach.no_file")
            for name in ("certificate", "key")
        }
        faults["url"] = _fault(self._fields["url"].text)
        for name, fault in faults.items():
            self._fields[name].accuse(fault)
        if any(faults.values()):
            return None
        url = _url(self._fields["url"].text)
        files = ("--certificate", self._fields["certificate"].text, "--key", self._fields["key"].text)
        return Plan(("use", *files, "--public-url", url), urlsplit(url).hostname or "")

    def _browse(self, name: str) -> None:
        dialog = QFileDialog(self, t(f"console.reach.browse_{name}"))
        dialog.setObjectName("reach.file_dialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._fields[name].edit.setText)
        dialog.open()


class _Proxy(QWidget):
    """The address of a proxy or tunnel that stands in front."""

    def __init__(self) -> None:
        super().__init__()
        self._url = Field(t("console.reach.url"), "reach.proxy_url", hint=t("console.reach.url_hint"))
        self.setLayout(column(self._url))

    def plan(self) -> Plan | None:
        fault = _fault(self._url.text)
        self._url.accuse(fault)
        url = _url(self._url.text)
        return None if fault else Plan(("proxy", "--public-url", url), urlsplit(url).hostname or "")


def _url(text: str) -> str:
    return (text if "://" in text else f"https://{text}").rstrip("/")


def _fault(text: str) -> str:
    if not text:
        return t("console.field.missing")
    try:
        parts = urlsplit(_url(text))
        whole = bool(parts.hostname) and parts.port != 0 and parts.path == "" and not parts.query
    except ValueError:
        whole = False
    return "" if whole and parts.scheme == "https" and not parts.username else t("console.reach.url_malformed")
