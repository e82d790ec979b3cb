"""The first step of letting phones connect: under which address, and by whose certificate."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QLayout, QRadioButton, QVBoxLayout, QWidget

from desktop.core.chain import lacks_chain
from desktop.core.naming import HTTPS, as_ip, fault_of_name, fault_of_url, origin_of, url_of
from desktop.core.reach import Held, held_by, host_of, leads_elsewhere, leads_here_alone, only_here, phones_of
from desktop.core.words import n, t
from desktop.dialogs.reach_interface import Interface
from desktop.reaching import BACK, EVERYWHERE, Plan, fault_of_port
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.field import Field
from desktop.widgets.layout import box, column, empty, line, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from resources import path
from server.contract.reach import Address, Origin, OriginDevice, Reach

PORT = 8443
LOOPBACK = "127.0.0.1"
WAYS = ("own", "files", "proxy", "off")
WAY_OF = {"own_authority": "own", "certificate": "files", "proxy": "proxy", "this_computer": "own"}


class AddressStep(QWidget):
    """The ways, and what each of them needs to know; the last one, back to this computer alone, where phones get in."""

    turned = Signal()
    """Another way: another size."""

    def __init__(self, *, roomy: bool) -> None:
        super().__init__()
        self._port = _port("reach.port", "port")
        self._interface = Interface()
        self._held = Held()
        """The ports that the server itself has."""
        self._own = _Own(roomy=roomy)
        self._files = _Files()
        self._proxy = _Proxy()
        self._where = QWidget()
        beside = row(gap=12) if roomy else column(gap=8)
        for field, share in ((self._interface, 3), (self._port, 2)):
            beside.addWidget(field, share)
            beside.setAlignment(field, Qt.AlignmentFlag.AlignTop)
        self._where.setLayout(beside)
        self._kept = Banner("tint", "info", "reach.kept")
        self._group = QButtonGroup(self)
        self._origins: Sequence[Origin] = ()
        self._outside: Sequence[Origin] = ()
        """Those by which phones come from the network: they stay open for these."""
        self._lost = set[str]()
        """Bare addresses that the server's computer does not have."""
        self._begun = ("", "")
        """From where somebody starts: how phones reach the server, and where."""
        self._parts: dict[str, QWidget] = {"own": self._own, "files": self._files, "proxy": self._proxy}
        ways = column()
        for place, name in enumerate(WAYS[:-1]):
            if place:
                ways.addWidget(line())
            chosen = QRadioButton(t(f"console.reach.way.{name}"))
            chosen.setObjectName(f"reach.way.{name}")
            chosen.setProperty("look", "strong")
            self._group.addButton(chosen, place)
            told = t(f"console.reach.way.{name}_text", examples=path("deploy"))
            words = column(Text(told, "muted", wrap=True, name=f"reach.way.{name}_text"), margins=(28, 0, 0, 0))
            parts = [self._parts[name], self._where] if name == "own" else [self._parts[name]]
            for part in parts:  # widgets, for a nested layout of which nothing is shown takes room of the others
                part.setContentsMargins(theme().px(28), 0, 0, 0)
            ways.addLayout(column(chosen, words, *parts, gap=6, margins=(16, 12, 16, 12)))
        self._back = self._way_back()
        ways.addWidget(self._back)
        self._group.idClicked.connect(lambda _: self._turn())
        for field in (self._files.url, self._proxy.url):
            field.edit.textChanged.connect(lambda _: self._say_kept(cut=False))
        self._interface.chosen.connect(lambda: self._say_kept(cut=False))
        self._group.button(0).setChecked(True)
        title = Text(t("console.reach.address_title"), "title", wrap=True)
        lead = Text(t("console.reach.address_lead"), "muted", wrap=True)
        card = box("card", ways)
        self.setLayout(column(title, lead, self._kept, card, None, gap=12))
        self._turn()

    def show_reach(self, reach: Reach, origins: Sequence[Origin] | None, local: str = "") -> None:
        """Offer this computer's names, begin with what is on, and say who goes on under the address of now.

        `local` is what this console calls; `origins` are null for who is not told which ones phones keep.
        """
        told, origins = origins is not None, origins or ()
        self._own.show_addresses(reach.addresses, self._group.button(0))
        self._origins = [each for each in origins if each.devices and each.fault is None]
        self._lost = {each.origin for each in origins if each.upstream is None and leads_elsewhere(each.origin, reach)}
        open_now = [each for each in origins if each.devices and each.port is not None]
        self._outside = [each for each in open_now if not only_here(each.origin)]
        self._back.setVisible(reach.how != "this_computer")
        self._off_text.setText(
            t("console.reach.way.off_kept" if self._outside or not told else "console.reach.way.off_text")
        )
        if self._begun != (reach.how, reach.origin):
            self._begun = (reach.how, reach.origin)
            self._begin(reach)
        self._interface.offer(reach.addresses, reach.interface)
        self._turn()
        self._held = held_by(reach, origins, local)
        plain = reach.how in ("this_computer", "proxy")
        self._port.edit.setPlaceholderText(str(PORT if plain else reach.port))
        self._proxy.port.edit.setPlaceholderText(str(reach.port) if plain else "")  # else the one of before TLS

    def _begin(self, reach: Reach) -> None:
        way = WAY_OF[reach.how]
        self._group.button(WAYS.index(way)).setChecked(True)
        if reach.how == "own_authority":
            self._own.choose(host_of(reach))
        elif reach.how != "this_computer":
            (self._files.url if way == "files" else self._proxy.url).edit.setText(reach.origin)

    def accuse(self, fault: str) -> None:
        """Say what the server's program said."""
        if self.way == "files" and self._files.blame(fault):
            return
        self._kept.turn("bad", "triangle-alert")
        self._kept.say(fault)

    @property
    def way(self) -> str:
        """Which way is chosen."""
        return WAYS[self._group.checkedId()]

    @property
    def typed(self) -> str:
        """The name or address that was typed where this computer's own are chosen from; nothing for one of those."""
        return self._own.typed if self.way == "own" else ""

    def recognise(self) -> bool:
        """Turn to the listed one where that was typed; tell whether it is doubted, which had not been said before."""
        return self.way == "own" and self._own.recognise()

    def doubt(self, name: str, led: Sequence[str]) -> None:
        """Warn that a name which was typed leads to others or nowhere, or that an address is not this computer's."""
        self._own.doubt(name, led)

    def trouble(self) -> QWidget | None:
        """Return what has to be seen before it goes on: a field with its fault, a warning, or what was refused."""
        fields = {
            "own": (self._own.other, self._interface, self._port),
            "files": self._files.fields,
            "proxy": (self._proxy.url, self._proxy.port),
        }
        for field in fields.get(self.way, ()):
            if field.fault():
                return field
        refused = self._kept.property("look") == "bad"
        return self._kept if refused else self._own.warning if self._own.warning.isVisible() else None

    def accuse_url(self, fault: str) -> None:
        """Say what is wrong with the address that was typed."""
        (self._files.url if self.way == "files" else self._proxy.url).accuse(fault)

    def plan(self) -> Plan | None:
        """Return what was chosen; none where something is missing, which is said beside its field."""
        way = WAYS[self._group.checkedId()]
        self._say_kept(cut=way == "off")  # and no more what was refused before
        if way == "own":
            return self._own.plan(self._interface, self._port, self._held)
        if way == "off":
            return BACK
        return (self._files if way == "files" else self._proxy).plan(self._held)

    def ready(self) -> None:
        """Put the cursor where it is needed."""
        if (chosen := self._group.checkedButton()) is not None:
            chosen.setFocus()

    def _turn(self) -> None:
        way = WAYS[self._group.checkedId()]
        for name, part in self._parts.items():
            part.setVisible(name == way)
        self._where.setVisible(way == "own")
        self._say_kept(cut=way == "off")
        self.turned.emit()

    def _way_back(self) -> QWidget:
        """Return the way back to this computer alone, which is not there for who is there already."""
        chosen = QRadioButton(t("console.reach.way.off"))
        chosen.setObjectName("reach.way.off")
        chosen.setProperty("look", "strong")
        self._group.addButton(chosen, WAYS.index("off"))
        self._off_text = Text(t("console.reach.way.off_text"), "muted", wrap=True, name="reach.way.off_text")
        words = column(self._off_text, margins=(28, 0, 0, 0))
        part = QWidget()
        part.setLayout(column(line(), column(chosen, words, gap=6, margins=(16, 12, 16, 12))))
        part.hide()
        return part

    def _say_kept(self, *, cut: bool) -> None:
        """Say which phones go on under their address, which stays open for them also where no other gets in."""
        origins, way = self._outside if cut else self._origins, self.way
        url = {"files": self._files.url.text, "proxy": self._proxy.url.text}.get(way)
        said: dict[str, list[OriginDevice]] = {}
        for each in origins:
            if url and each.origin == origin_of(url):
                key = f"kept_{way}"
            elif each.origin in self._lost and not cut:
                key = "kept_lost"
            elif each.upstream is not None:
                key = "cut_proxy" if cut else "kept_forwarded"
            else:
                key = "cut" if cut else "kept_network" if way == "own" and self._interface.host else "kept"
            said.setdefault(key, []).extend(each.devices)
        words = [n(f"console.reach.{key}", len(each), named=phones_of(each)) for key, each in sorted(said.items())]
        self._kept.turn("waiting" if cut else "tint", "triangle-alert" if cut else "info")
        self._kept.say(" ".join(words))


class _Own(QWidget):
    """The names and addresses of this computer, each with whether it resolves, and another one to type."""

    def __init__(self, *, roomy: bool) -> None:
        super().__init__()
        self._roomy = roomy
        self._addresses: dict[int, Address] = {}
        self._group = QButtonGroup(self)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme().px(8))
        self.other = Field(t("console.reach.other_name"), "reach.other_name", hint=t("console.reach.other_hint"))
        self.warning = Banner("waiting", "triangle-alert", "reach.address_warning")
        self._group.idToggled.connect(lambda _place, on: self._explain() if on else None)
        self.other.edit.textEdited.connect(lambda _: self._explain())
        self.setLayout(column(self._rows, self.other, self.warning, gap=8))

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

    def choose(self, host: str) -> None:
        """Start from this one."""
        chosen = (place for place, each in self._addresses.items() if host in (each.name, each.ip))
        place = next(chosen, len(self._addresses))
        if place == len(self._addresses):
            self.other.edit.setText(host)
        self._group.button(place).setChecked(True)

    def plan(self, interface: Interface, port: Field, held: Held) -> Plan | None:
        """`held` are the ports that the server itself has now."""
        chosen = self._chosen()
        name = (chosen.name or chosen.ip or "") if chosen else self.other.text
        host = interface.host or _everywhere(chosen.to if chosen else [name])
        port.accuse(_fault_of(port.text, held, host, tls=True))
        interface.accuse(interface.fault_with(chosen))
        self.other.accuse("" if chosen else fault_of_name(name))
        if port.fault() or interface.fault() or self.other.fault():
            return None
        more = (*interface.options(), *(("--port", port.text) if port.text else ()))
        if (bare := as_ip(name)) is not None:
            return Plan(("init", "--ip", str(bare), "--pin-devices", *more), str(bare))
        return Plan(("init", "--name", name, *more), name)

    @property
    def typed(self) -> str:
        """What was typed, an address as it is written by everybody."""
        text = self.other.text
        return str(as_ip(text) or text) if self._chosen() is None else ""

    def recognise(self) -> bool:
        """Turn to the listed one where that was typed; tell whether it is doubted, which had not been said before."""
        text = self.typed.rstrip(".").lower()
        for place, each in self._addresses.items():
            if text and text in ((each.name or "").lower(), each.ip):
                self._group.button(place).setChecked(True)
                return not each.resolves
        return False

    def doubt(self, name: str, led: Sequence[str]) -> None:
        """Warn where it leads; of an address, that it has the weakness of all of them besides."""
        if as_ip(name) is not None:
            doubts = [t("console.reach.address_typed", ip=name), t("console.reach.no_name")]
        elif led:
            doubts = [_doubt_of(Address(name=name, kind="name", resolves=False, to=list(led)))]
        else:
            doubts = [t("console.reach.unresolved_typed", name=name)]
        self.warning.say(" ".join((*doubts, t("console.reach.insist"))))

    def _chosen(self) -> Address | None:
        return self._addresses.get(self._group.checkedId())

    def _explain(self) -> None:
        chosen = self._chosen()
        self.other.setVisible(chosen is None)
        self.other.accuse("")
        text = self.other.text
        bare = chosen.kind == "ip" if chosen else as_ip(text) is not None and not fault_of_name(text)
        if bare:
            self.warning.say(t("console.reach.no_name"))
        elif chosen is None or chosen.resolves:
            self.warning.say("")
        else:
            resolves = any(each.kind == "name" and each.resolves for each in self._addresses.values())
            ways_out = t("console.reach.better" if resolves else "console.reach.ways_out")
            self.warning.say(f"{_doubt_of(chosen)} {ways_out}")

    def _row(self, place: int, each: Address) -> QLayout:
        text = each.name or each.ip or ""
        chosen = QRadioButton(text)
        chosen.setObjectName(f"reach.name.{place}")
        self._group.addButton(chosen, place)
        if each.kind == "ip":
            mark, leads = Mark(t("console.reach.address_only"), "off"), ""
        elif each.resolves:
            mark = Mark(t("console.reach.resolves"), "good")
            leads = t("console.reach.leads_here", to=", ".join(each.to))
        elif leads_here_alone(each):
            mark = Mark(t("console.reach.resolves_loopback"), "waiting")
            leads = t("console.reach.leads_loopback", to=", ".join(each.to))
        elif each.to:
            mark = Mark(t("console.reach.resolves_elsewhere"), "waiting")
            leads = t("console.reach.leads_elsewhere", to=", ".join(each.to))
        else:
            mark, leads = Mark(t("console.reach.resolves_not"), "waiting"), ""
        chosen.setAccessibleName(f"{text}, {mark.text} {leads}".strip())
        if not self._roomy:
            return column(chosen, row(Chip(mark), None, margins=(28, 0, 0, 0)), gap=4)
        told = Text(leads, "muted", wrap=True)
        told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        whole = row(chosen, gap=12)
        whole.addWidget(told, 1)
        whole.addWidget(Chip(mark), 0, Qt.AlignmentFlag.AlignVCenter)
        return whole


def _doubt_of(chosen: Address) -> str:
    """Say where a name leads that does not lead here."""
    if leads_here_alone(chosen):
        return t("console.reach.unresolved_loopback", name=chosen.name, to=", ".join(chosen.to))
    if chosen.to:
        return t("console.reach.unresolved_elsewhere", name=chosen.name, to=", ".join(chosen.to))
    return t("console.reach.unresolved", name=chosen.name)


class _Files(QWidget):
    """A certificate that somebody else has made, its key, and the address that it is for."""

    def __init__(self) -> None:
        super().__init__()
        self._fields = {
            "certificate": self._file("certificate"),
            "key": self._file("key"),
            "url": Field(t("console.reach.url"), "reach.files_url", hint=t("console.reach.url_hint")),
        }
        self.url = self._fields["url"]
        self.fields = tuple(self._fields.values())
        self._fields["certificate"].edit.textChanged.connect(lambda _: self._look_for_chain())
        self.setLayout(column(*self.fields, gap=8))

    def plan(self, held: Held) -> Plan | None:
        """`held` are the ports that the server itself has now."""
        faults = {name: _fault_of_file(self._path(name)) for name in ("certificate", "key")}
        faults["url"] = fault_of_url(self.url.text)
        if not faults["url"] and origin_of(self.url.text) not in held.origins:
            parts = urlsplit(url_of(self.url.text))
            faults["url"] = _fault_of(str(parts.port or HTTPS), held, _everywhere([parts.hostname or ""]), tls=True)
        for name, fault in faults.items():
            self._fields[name].accuse(fault)
        if any(faults.values()):
            return None
        url = url_of(self.url.text)
        files = ("--certificate", self._path("certificate"), "--key", self._path("key"))
        return Plan(("use", *files, "--public-url", url), urlsplit(url).hostname or "")

    def blame(self, fault: str) -> bool:
        """Say it beside the file that is named first in it, and tell whether one is."""
        named = [name for name in ("certificate", "key") if self._path(name) in fault]
        if named:
            self._fields[min(named, key=lambda name: fault.index(self._path(name)))].accuse(fault)
        return bool(named)

    def _path(self, name: str) -> str:
        """Return which file was typed, maybe quoted, as Windows copies paths, or from the home folder on."""
        return os.path.expanduser(self._fields[name].text.strip("\"'"))  # noqa: PTH111 - nobody's home is no fault

    def _file(self, name: str) -> Field:
        browse = button(t("console.reach.browse"), f"reach.browse_{name}", partial(self._browse, name))
        browse.setAccessibleName(t(f"console.reach.browse_{name}"))
        return Field(t(f"console.reach.{name}"), f"reach.{name}", beside=browse)

    def _look_for_chain(self) -> None:
        """Give a hint where the file does not say who signed the certificate: some phones cannot find that out."""
        path = self._path("certificate")
        self._fields["certificate"].advise(t("console.reach.no_chain") if path and lacks_chain(Path(path)) else "")

    def _browse(self, name: str) -> None:
        dialog = QFileDialog(self, t(f"console.reach.browse_{name}"))
        dialog.setObjectName("reach.file_dialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._fields[name].edit.setText)
        dialog.open()


class _Proxy(QWidget):
    """The address of a proxy or tunnel that stands in front, and the port that it forwards to."""

    def __init__(self) -> None:
        super().__init__()
        self.url = Field(t("console.reach.url"), "reach.proxy_url", hint=t("console.reach.url_hint"))
        self.port = _port("reach.proxy_port", "upstream_port")
        self.setLayout(column(self.url, self.port, gap=8))

    def plan(self, held: Held) -> Plan | None:
        """`held` are the ports that the server itself has now."""
        fault, fault_of_it = fault_of_url(self.url.text), _fault_of(self.port.text, held, LOOPBACK, tls=False)
        self.url.accuse(fault)
        self.port.accuse(fault_of_it)
        if fault or fault_of_it:
            return None
        url = url_of(self.url.text)
        more = ("--port", self.port.text) if self.port.text else ()
        return Plan(("proxy", "--public-url", url, *more), urlsplit(url).hostname or "")


def _fault_of_file(name: str) -> str:
    if not name:
        return t("console.field.missing")
    if Path(name).is_dir():
        return t("console.reach.folder_no_file")
    return "" if Path(name).is_file() else t("console.reach.no_file")


def _port(name: str, words: str) -> Field:
    made = Field(t(f"console.reach.{words}"), name, hint=t(f"console.reach.{words}_hint"))
    made.edit.setMaxLength(5)
    return made


def _everywhere(led: Sequence[str]) -> str:
    """Return where the server listens on all networks for phones that come by one of these."""
    return EVERYWHERE if any(":" in each for each in led) else ""


def _fault_of(number: str, held: Held, host: str, *, tls: bool) -> str:
    if not number:
        return ""
    if not (number.isascii() and number.isdecimal() and 0 < int(number) < 65536):
        return t("console.reach.port_malformed")
    port = int(number)
    if (origin := held.kept.get((port, not tls))) is not None:
        return t("console.reach.port_kept", port=number, origin=origin)
    return "" if port in held.ports else fault_of_port(port, host)
