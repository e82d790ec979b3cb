"""What a storage service needs to know, as fields: secrets are masked, mistakes stand at the field they belong to."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from desktop.core.problems import shown
from desktop.core.storage import ADDRESSES, SECRETS, SETTINGS, Service, Setting, fault_of, kind_of, label_of
from desktop.core.words import known, t
from desktop.widgets.field import Field
from desktop.widgets.host_key import HostKey
from desktop.widgets.key_file import KeyFile
from desktop.widgets.layout import column, pair, row, tab_through
from desktop.widgets.text import Text

WAYS = ("password", "private_key")
"""With what one signs in to an SSH server: one of them."""

PRESETS = frozenset({Service.WASABI, Service.BACKBLAZE_B2, Service.MINIO, Service.CEPH, Service.OTHER})
"""The services of the one kind that has several."""


class StorageFields(QWidget):
    """One service's; `narrow` puts all fields under each other."""

    changed = Signal()
    entered = Signal()
    trusted = Signal()

    def __init__(self, service: Service, name: str, *, narrow: bool) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self._service, self._name = service, name
        self._settings = {each.name: each for each in SETTINGS[service]}
        self._fields = {each.name: self._field(each) for each in SETTINGS[service] if each.name != "private_key"}
        self._key = KeyFile(label_of("private_key"), f"{name}.private_key")
        self._host_key = HostKey(f"{name}.host_key")
        self._group = QButtonGroup(self)
        layout = column(gap=16)
        names = list(self._fields)
        for part in (self._key, self._host_key):
            part.setParent(self)
            part.hide()
        if service is Service.SFTP:
            self._lay_out_sftp(layout, narrow=narrow)
        elif not narrow and names[-2:] == ["access_key", "secret_key"]:
            for each in names[:-2]:
                layout.addWidget(self._fields[each])
            layout.addLayout(pair(self._fields["access_key"], self._fields["secret_key"]))
        else:
            for each in names:
                layout.addWidget(self._fields[each])
        self.setLayout(layout)
        tab_through(self.stops[0], self.stops[1:])
        self._follows = service in ADDRESSES
        self._join()

    @property
    def settings(self) -> dict[str, str]:
        """What was typed, secrets too, under the server's names."""
        way = self._way
        found = {name: field.text for name, field in self._fields.items() if name not in WAYS or name == way}
        if way == "private_key":
            found["private_key"] = self._key.text
        if self._host_key.pinned:
            found["host_key"] = self._host_key.pinned
        if self._service in PRESETS:
            found["preset"] = self._service.value
        return {name: value for name, value in found.items() if value}

    @property
    def names(self) -> list[str]:
        """The settings that there is a field for now."""
        way = self._way
        return [name for name in self._settings if name not in WAYS or name == way]

    @property
    def stops(self) -> list[QWidget]:
        """What Tab leads to, from the top."""
        found: list[QWidget] = []
        for setting in self._settings:
            if setting == "password":
                found += self._group.buttons()
            found += self._key.stops if setting == "private_key" else [self._fields[setting].editor]
            if setting == "port":
                found.append(self._host_key.stop)
        return found

    @property
    def complete(self) -> bool:
        """Tell whether nothing is missing; nobody is accused."""
        return not self._faults()

    def check(self) -> bool:
        """Tell whether it can be tried, and say at the fields why not."""
        return not self.accuse(self._faults())

    def accuse(self, faults: Mapping[str, str]) -> bool:
        """Say at each field what is wrong with it; tell whether anything is."""
        first: QWidget | None = None
        for name in self.names:
            fault = faults.get(name, "")
            part = self._key if name == "private_key" else self._fields[name]
            part.accuse(fault)
            if fault and first is None:
                first = part
        if first is not None:
            first.setFocus()
        return bool(faults)

    def blame(self, error: Exception) -> bool:
        """Show what the server refuses at its fields; tell whether all of it found one."""
        at = {key.rpartition(".")[2]: words for key, words in shown(error).fields.items()}
        told = {name: fault_of(name, kind_of(self._service), words) for name, words in at.items()}
        return self.accuse(told) and told.keys() <= set(self.names)

    def show_settings(self, settings: Mapping[str, str]) -> None:
        """Begin with what is known, which is all but the secrets."""
        for name, field in self._fields.items():
            if name not in WAYS and settings.get(name):
                field.edit.setText(settings[name])
        self._follows = False
        self._host_key.pin(settings.get("host_key", ""))

    def ask_host_key(self, host_key: str) -> None:
        """Let the key that an SSH server shows be compared and pinned."""
        self._host_key.ask(host_key)

    def begin(self) -> None:
        """Put the cursor into the first field that is empty."""
        names = [name for name in self._fields if not self._fields[name].text and name not in WAYS]
        self._fields[next(iter(names or self._fields))].editor.setFocus()

    def begin_with_secret(self) -> None:
        """Put the cursor where a secret is typed anew; where there is none, into the first empty field."""
        secrets = [name for name in self.names if name in SECRETS]
        if secrets:
            self._fields[secrets[0]].editor.setFocus()
        else:
            self.begin()

    def _field(self, setting: Setting) -> Field:
        label, name = label_of(setting.name), setting.name
        if setting.optional:
            label = t("console.form.optional", label=label)
        hint = known(f"console.storage.hint.{self._service}.{name}", "")
        made = Field(label, f"{self._name}.{name}", secret=setting.secret, hint=hint)
        made.edit.setText(setting.given)
        made.edit.setMaxLength(2048)
        return made

    def _lay_out_sftp(self, layout: QVBoxLayout, *, narrow: bool) -> None:
        host, port = self._fields["host"], self._fields["port"]
        if narrow:
            layout.addWidget(host)
            layout.addWidget(port)
        else:
            beside = row(gap=12)
            beside.addWidget(host, 3, Qt.AlignmentFlag.AlignTop)
            beside.addWidget(port, 1, Qt.AlignmentFlag.AlignTop)
            layout.addLayout(beside)
        layout.addWidget(self._host_key)
        layout.addWidget(self._fields["username"])
        ways = column(Text(t("console.storage.signs_in"), "medium"), gap=8)
        for place, way in enumerate(WAYS):
            made = QRadioButton(label_of(way))
            made.setObjectName(f"{self._name}.by_{way}")
            self._group.addButton(made, place)
            ways.addWidget(made)
        self._group.button(0).setChecked(True)
        layout.addLayout(ways)
        for part in (self._fields["password"], self._key, self._fields["path"]):
            layout.addWidget(part)
        self._key.hide()

    def _join(self) -> None:
        for name, field in self._fields.items():
            field.edit.textEdited.connect(lambda _, name=name: self._edited(name))
            field.edit.returnPressed.connect(self.entered)
        self._key.changed.connect(self.changed)
        self._host_key.trusted.connect(self.trusted)
        self._group.idClicked.connect(lambda _: self._turn())

    @property
    def _way(self) -> str:
        return WAYS[max(0, self._group.checkedId())]

    def _edited(self, name: str) -> None:
        pattern = ADDRESSES.get(self._service)
        if name == "endpoint":
            self._follows = pattern is not None and not self._fields["endpoint"].text
        elif name == "region" and pattern is not None and self._follows:
            region = self._fields["region"].text
            self._fields["endpoint"].edit.setText(pattern.format(region=region) if region else "")
            self._fields["endpoint"].accuse("")
        elif name in ("host", "port"):
            self._host_key.pin("")
        self.changed.emit()

    def _turn(self) -> None:
        key = self._way == "private_key"
        self._fields["password"].setHidden(key)
        self._key.setVisible(key)
        self.changed.emit()

    def _faults(self) -> dict[str, str]:
        settings, faults = self.settings, dict[str, str]()
        for name in self.names:
            value = settings.get(name, "")
            if not value and not self._settings[name].optional:
                faults[name] = t("console.storage.key.missing" if name == "private_key" else "console.field.missing")
            elif name == "endpoint" and value and not value.startswith(("https://", "http://")):
                faults[name] = t("console.storage.endpoint_fault")
            elif name == "port" and not (value.isascii() and value.isdecimal() and 0 < int(value) < 65536):
                faults[name] = t("console.reach.port_malformed")
        return faults
