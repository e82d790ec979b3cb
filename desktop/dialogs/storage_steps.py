"""The steps of adding a storage account, each a page that asks no server: service, credentials, place, companies."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QRadioButton, QWidget

from desktop.core.storage import NOUNS, Service, advice_for, kind_of, noun_of, place_of, service_name, tone_of
from desktop.core.words import n, t
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.company_choice import Companies
from desktop.widgets.facts import Facts
from desktop.widgets.field import Field
from desktop.widgets.layout import box, column, empty, tab_through
from desktop.widgets.notice import Banner
from desktop.widgets.place_choice import PlaceChoice
from desktop.widgets.storage_fields import StorageFields
from desktop.widgets.text import Text
from server.contract.company import Company
from server.contract.storage import TestResult, Tried

LABEL = 132


class ServiceStep(QWidget):
    """One of the services, in two columns where there is room."""

    def __init__(self, *, narrow: bool) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme().px(24))
        grid.setVerticalSpacing(theme().px(12))
        services = list(Service)
        half = len(services) if narrow else -(-len(services) // 2)
        for place, service in enumerate(services):
            made = QRadioButton(service_name(service))
            made.setObjectName(f"storage_add.service.{service}")
            made.setProperty("look", "strong")
            means = t(f"console.storage.service_text.{service}")
            made.setAccessibleDescription(means)
            self._group.addButton(made, place)
            under = column(Text(means, "muted", wrap=True), margins=(28, 0, 0, 0))
            grid.addLayout(column(made, under, None, gap=2), place % half, place // half)
        for each in range(1 if narrow else 2):
            grid.setColumnStretch(each, 1)
        self._group.button(0).setChecked(True)
        grid.setContentsMargins(*(theme().px(each) for each in (16, 12, 16, 12)))
        title = Text(t("console.storage.add_service"), "title", wrap=True)
        lead = Text(t("console.storage.add_service_text"), "muted", wrap=True)
        self.setLayout(column(title, lead, 4, box("card", grid), None, gap=8))

    @property
    def service(self) -> Service:
        """What is chosen."""
        return list(Service)[self._group.checkedId()]

    def begin(self) -> None:
        """Put the keyboard onto what is chosen."""
        self._group.button(self._group.checkedId()).setFocus()


class CredentialsStep(QWidget):
    """Name and settings; what was typed for a service is still there when one comes back to it."""

    trusted = Signal()
    changed = Signal()

    def __init__(self, *, narrow: bool) -> None:
        super().__init__()
        self._narrow = narrow
        self._service = Service.AMAZON_S3
        self._own_name = False
        self._forms: dict[Service, StorageFields] = {}
        self._title = Text("", "title", wrap=True)
        self._name = Field(
            t("console.storage.account_name"), "storage_add.name", hint=t("console.storage.account_name_hint")
        )
        self._name.edit.setMaxLength(120)
        self._name.edit.textEdited.connect(lambda text: setattr(self, "_own_name", bool(text.strip())))
        self._place = column()
        self._result = Banner("bad", "triangle-alert", "storage_add.result")
        self.setLayout(column(self._title, self._name, self._place, self._result, None, gap=16))

    @property
    def name(self) -> str:
        """What the account is to be called."""
        return self._name.text

    @property
    def fields(self) -> StorageFields:
        """The form of the service that was chosen."""
        return self._forms[self._service]

    def turn_to(self, service: Service) -> None:
        """Ask for what this service needs."""
        changed, self._service = service is not self._service, service
        if service not in self._forms:
            made = StorageFields(service, "storage_add", narrow=self._narrow)
            made.trusted.connect(self.trusted)
            made.changed.connect(self._edited)
            self._forms[service] = made
            self._place.addWidget(made)
            tab_through(self._name.editor, made.stops)
        for each, form in self._forms.items():
            form.setVisible(each is service)
        self._title.setText(t("console.storage.add_credentials", service=service_name(service)))
        if not self._own_name:
            self._name.edit.setText(service_name(service))
        if changed:
            self._result.say("")

    def check(self) -> bool:
        """Tell whether it can be tried, and say at the fields why not."""
        fits = self.fields.check()
        self._name.accuse("" if self.name else t("console.field.missing"))
        if not self.name:
            self._name.editor.setFocus()
        return fits and bool(self.name)

    def begin(self) -> None:
        """Put the cursor into the first field that is empty."""
        self.fields.begin()

    def accuse_name(self, fault: str) -> None:
        """Say what is wrong with the name."""
        self._name.accuse(fault)
        self._name.editor.setFocus()

    def ease(self) -> None:
        """Say nothing of an earlier test while the service is asked anew."""
        self._result.say("")
        self.fields.accuse({})

    def show_result(self, tried: Tried) -> None:
        """Say how it ended: at the field that is at fault, or below all of them."""
        kind = kind_of(self._service)
        words = advice_for(tried.result, kind)
        if tried.result is TestResult.HOST_KEY and tried.host_key:
            self.fields.ask_host_key(tried.host_key)
            return
        at = place_of(tried.result, self.fields.settings)
        if at:
            self.fields.accuse({at: words})
            return
        good = tried.result is TestResult.OK
        self._result.turn(tone_of(tried.result), "circle-check" if good else "triangle-alert")
        found = n(f"console.storage.found.{NOUNS[kind]}", len(tried.places)) if good else ""
        self._result.say(f"{words} {found}".strip())

    def show_error(self, words: str) -> None:
        """Say why nothing was tried."""
        self._result.turn("bad", "triangle-alert")
        self._result.say(words)

    def _edited(self) -> None:
        self._result.say("")
        self.changed.emit()


class PlaceStep(QWidget):
    """Where destinations begin: a place that was found, or a new one."""

    entered = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = Text("", "title", wrap=True)
        self._lead = Text(t("console.storage.add_place_text"), "muted", wrap=True)
        self._note = Banner("waiting", "info", "storage_add.place_note")
        self.choice = PlaceChoice("storage_add.place")
        self.choice.entered.connect(self.entered)
        self.choice.changed.connect(self.changed)
        self.setLayout(column(self._title, self._lead, self._note, 4, self.choice, None, gap=8))

    def show_places(self, places: Sequence[str], service: Service, note: str) -> None:
        """Offer what was found; `note` says why nothing was, or that the account is made already."""
        noun = noun_of(kind_of(service))
        self._title.setText(t("console.storage.add_place", noun=noun))
        self._note.say(note)
        self.choice.show_places(places, kind_of(service))

    def say(self, note: str) -> None:
        """Say something about it above."""
        self._note.say(note)


class CompaniesStep(QWidget):
    """Who may use it; nobody is an answer too. `wanted` asks for the companies once more."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        title = Text(t("console.storage.add_companies"), "title", wrap=True)
        lead = Text(t("console.storage.add_companies_text"), "muted", wrap=True)
        self._holder = column()
        self._known: list[Company] = []
        self._companies: Companies | None = None
        self._none = Text(t("console.storage.no_companies"), "muted", wrap=True, name="storage_add.no_companies")
        self._none.hide()
        self._failed = Banner("bad", "triangle-alert", "storage_add.companies_failed")
        self._failed.offer(button(t("console.retry"), "storage_add.companies_retry", self.wanted.emit, small=True))
        self.setLayout(column(title, lead, 4, self._holder, self._none, self._failed, None, gap=8))

    @property
    def chosen(self) -> list[str]:
        """The ids of the companies."""
        return list(self._companies.value() or ()) if self._companies is not None else []

    def show_companies(self, companies: Sequence[Company]) -> bool:
        """Offer these, of which those that were chosen stay so; tell whether any is new or gone."""
        self._failed.say("")
        self._none.setVisible(not companies)
        if list(companies) == self._known:
            return False
        chosen, self._known, self._companies = self.chosen, list(companies), None
        empty(self._holder)
        if companies:
            label = t("console.storage.companies_label")
            self._companies = Companies(label, "storage_add.companies", companies, all_of_them=False)
            self._companies.show_value(chosen)
            self._holder.addWidget(self._companies)
        return True

    def fail(self, words: str) -> None:
        """Say why they could not be read."""
        self._failed.say(words)

    def begin(self) -> None:
        """Put the keyboard into the list."""
        if self._companies is not None:
            self._companies.begin()


class SummaryStep(QWidget):
    """All that was chosen, and what will happen, before anything does."""

    def __init__(self) -> None:
        super().__init__()
        title = Text(t("console.storage.add_summary"), "title", wrap=True)
        self.facts = Facts(label=LABEL, name="storage_add.facts")
        self._happens = Text("", wrap=True, name="storage_add.happens")
        self._note = Banner("waiting", "triangle-alert", "storage_add.note")
        self._banner = Banner("bad", "triangle-alert", "storage_add.banner")
        card = box("card", column(self.facts, margins=(16, 12, 16, 12)))
        inside = column(Text(t("console.storage.add_happens"), "strong"), self._happens, gap=4, margins=(12, 8, 12, 8))
        well = box("well", inside)
        self.setLayout(column(title, card, well, self._note, self._banner, None, gap=12))

    def show_steps(self, steps: Sequence[str]) -> None:
        """Say what will happen, one after the other."""
        self._happens.setText("\n".join(f"{place}. {step}" for place, step in enumerate(steps, start=1)))
        self._banner.say("")

    def note(self, words: str) -> None:
        """Say what the place will not do; nothing where it does all."""
        self._note.say(words)

    def fail(self, words: str) -> None:
        """Say why it did not."""
        self._banner.say(words)
