"""Adding a storage account: service, credentials, place, companies, a summary; nothing is made before its end."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.companies import all_companies
from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.storage import NOUNS, REACHED, advice_after, advice_for, kind_of, noun_of
from desktop.core.words import t
from desktop.dialogs.storage_draft import Draft, Making, is_refused, make, reason
from desktop.dialogs.storage_steps import CompaniesStep, CredentialsStep, PlaceStep, ServiceStep, SummaryStep
from desktop.dialogs.window import Dialog
from desktop.widgets.button import button, rename
from desktop.widgets.layout import column, row, tab_through
from desktop.widgets.spinner import Spinner
from desktop.widgets.steps import Steps
from desktop.widgets.text import Text
from server.contract.company import Company
from server.contract.problem import Problem
from server.contract.storage import (
    StorageAccount,
    StorageKind,
    TestResult,
    Tried,
    TryDraft,
    TryStorage,
)

WIDTH = 720
NAMES = ("service", "credentials", "place", "companies", "summary")
SERVICE, CREDENTIALS, PLACE, COMPANIES, SUMMARY = range(len(NAMES))
Settings = dict[str, str]


class AddStorage(Dialog):
    """Back and forth keeps what was typed; what was tested is not tested again."""

    added = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        super().__init__(parent, t("console.storage.add_title"), "storage_add", WIDTH)
        self._desk = desk
        self._step = SERVICE
        self._tested: tuple[StorageKind, Settings] | None = None
        self._result = TestResult.OK
        self._places: list[str] = []
        self._turn_of_test = 0
        self._names: dict[str, str] = {}
        self._making = Making()
        self._busy = self._goes_on = False
        self._service = ServiceStep(narrow=not self.roomy)
        self._credentials = CredentialsStep(narrow=not self.roomy)
        self._place = PlaceStep()
        self._companies = CompaniesStep()
        self._summary = SummaryStep()
        self._pages = [self._service, self._credentials, self._place, self._companies, self._summary]
        self._add_parts()
        self._join()
        self._turn(SERVICE)

    @override
    def done(self, result: int, /) -> None:
        made = self._making.account
        super().done(result)
        if made is not None:
            self.added.emit(made)

    def _add_parts(self) -> None:
        body = QWidget()
        air = 24 if self.roomy else 12
        body.setLayout(column(*self._pages, None, margins=(24, air, 24, air)))
        self.show_body(body)
        names = [t(f"console.storage.step.{name}") for name in NAMES]
        self._steps = Steps(names, "storage_add.steps", compact=not self.roomy)
        above = 20 if self.roomy else 8
        self.show_head(column(self._steps, margins=(24, above, 24, above)))
        self._spinner = Spinner()
        self._state = Text("", "muted", wrap=True, name="storage_add.state")
        self._back = button(t("console.back"), "storage_add.back", self._step_back)
        self._test_button = button(
            t("console.storage.test"), "storage_add.test", lambda: self._test(then_on=False), icon="gauge"
        )
        self._untested = button(t("console.storage.untested"), "storage_add.untested", self._go_untested)
        self._close = button(t("console.cancel"), "storage_add.cancel", self.close)
        self._next = button(t("console.storage.next"), "storage_add.next", self._step_on, look="primary")
        self._next.setDefault(True)
        margins = (24, min(16, air), 24, min(16, air))
        tests = (self._test_button, self._untested)  # one or the other
        parts = (self._back, self._spinner, self._state, *tests, self._close, self._next)
        foot = row(*parts, gap=8, margins=margins)
        foot.setStretch(2, 1)
        self.show_foot(foot)

    def _tab_to_foot(self) -> None:
        """Let the buttons come after the fields, which are made when their service is chosen."""
        tab = Qt.FocusPolicy.TabFocus
        stops = [each for each in self._credentials.fields.findChildren(QWidget) if each.focusPolicy() & tab]
        foot = [self._back, self._test_button, self._untested, self._close, self._next]
        tab_through(stops[-1], foot)

    def _join(self) -> None:
        self._place.entered.connect(self._step_on)
        self._companies.wanted.connect(self._read_companies)
        for page in (self._credentials, self._place):
            page.changed.connect(self._changed)
        self._credentials.trusted.connect(lambda: self._test(then_on=self._goes_on))

    def _changed(self) -> None:
        self._offer_test(untested=False)
        QTimer.singleShot(0, self, self.fit)

    def _read_companies(self) -> None:
        """Read them whenever they are shown: one may have been added meanwhile, perhaps for this account."""
        client = self._desk.client.in_background()
        self._desk.run(self, lambda: all_companies(client), self._take_companies, self._miss_companies)

    def _take_companies(self, companies: list[Company]) -> None:
        self._names = {each.id: each.name for each in companies}
        new = self._companies.show_companies(companies)
        if new and self._step == COMPANIES:
            self._companies.begin()
        QTimer.singleShot(0, self, self.fit)

    def _miss_companies(self, error: Exception) -> None:
        self._companies.fail(shown(error).text)
        QTimer.singleShot(0, self, self.fit)

    @property
    def _kind(self) -> StorageKind:
        return kind_of(self._service.service)

    @property
    def _draft(self) -> Draft:
        given, choice = self._credentials, self._place.choice
        place = choice.place, choice.called, choice.new
        return Draft(self._service.service, given.name, given.fields.settings, *place, self._companies.chosen)

    def _step_back(self) -> None:
        self._turn_of_test += 1
        self._rest()
        self._turn(self._step - 1)

    def _step_on(self) -> None:
        if self._busy:
            return
        if self._step == SERVICE:
            self._credentials.turn_to(self._service.service)
            self._tab_to_foot()
            self._turn(CREDENTIALS)
        elif self._step == CREDENTIALS:
            self._leave_credentials()
        elif self._step == PLACE:
            self._leave_place()
            self.fit()
        elif self._step == COMPANIES:
            self._turn(SUMMARY)
        else:
            self._submit()

    def _leave_credentials(self) -> None:
        if not self._credentials.check():
            self._fit_to_focus()
        elif self._tested == (self._kind, self._credentials.fields.settings) and self._result in REACHED:
            self._show_places()
        else:
            self._test(then_on=True)

    def _leave_place(self) -> None:
        """Go on from a place; one that was typed is looked for first, where the service could be reached.

        So is one at S3, where a place that is there may keep what a deletion would leave.
        """
        choice = self._place.choice
        if not choice.check():
            return
        self._summary.note("")
        there = choice.place.partition("/")[0] if NOUNS[self._kind] == "bucket" and not choice.new else ""
        looked_for = choice.typed or there
        if not looked_for or self._tested is None:
            self._turn(COMPANIES if self._making.account is None else SUMMARY)
            return
        self._turn_of_test += 1
        turn, (kind, settings) = self._turn_of_test, self._tested
        self._work(t("console.storage.testing"))
        client, form = self._desk.client, TryDraft(kind=kind, settings=settings, place=looked_for)
        self._desk.run(
            self,
            lambda: client.try_storage(form),
            lambda tried: self._take_place(turn, tried),
            lambda error: self._place_not_tested(turn, error),
            slow=True,
        )

    def _take_place(self, turn: int, tried: Tried) -> None:
        if turn != self._turn_of_test:
            return
        self._rest()
        if tried.place is None or tried.result in REACHED:  # it is there
            self._summary.note(advice_after(tried, self._kind) if tried.result is TestResult.OLD_VERSIONS else "")
            self._turn(COMPANIES if self._making.account is None else SUMMARY)
            return
        words = advice_after(tried, self._kind)
        if tried.result is TestResult.NO_SUCH_PLACE:
            words = f"{words} {t('console.storage.place.or_make', noun=noun_of(self._kind))}"
        self._accuse_place(words)

    def _accuse_place(self, words: str) -> None:
        self._place.choice.accuse_place(words)
        self._place.choice.list_focus.setFocus()
        self._fit_to_focus()

    def _place_not_tested(self, turn: int, error: Exception) -> None:
        if turn != self._turn_of_test:
            return
        self._rest()
        told = shown(error)
        self._accuse_place(told.fields.get("place", told.text))

    def _test(self, *, then_on: bool) -> None:
        if self._busy or not self._credentials.check():
            self._fit_to_focus()
            return
        self._turn_of_test += 1
        turn, asked = self._turn_of_test, (self._kind, self._credentials.fields.settings)
        self._goes_on = then_on
        self._work(t("console.storage.testing"))
        self._credentials.ease()
        client, form = self._desk.client, TryStorage(kind=asked[0], settings=asked[1])
        self._desk.run(
            self,
            lambda: client.try_storage(form),
            lambda tried: self._take_test(turn, asked, tried, then_on=then_on),
            lambda error: self._not_tested(turn, error),
            slow=True,
        )

    def _take_test(self, turn: int, asked: tuple[StorageKind, Settings], tried: Tried, *, then_on: bool) -> None:
        if turn != self._turn_of_test:
            return
        self._rest()
        self._tested, self._result, self._places = asked, tried.result, tried.places
        if then_on and tried.result in REACHED:
            self._show_places()
            return
        self._credentials.show_result(tried)
        self._offer_test(untested=tried.result not in REACHED | {TestResult.HOST_KEY, TestResult.INVALID})
        self._fit_to_focus()

    def _not_tested(self, turn: int, error: Exception) -> None:
        if turn != self._turn_of_test:
            return
        self._rest()
        missing = isinstance(error, Problem) and error.code == "engine_missing"
        if not self._credentials.fields.blame(error):
            words = advice_for(TestResult.NO_ENGINE, self._kind) if missing else shown(error).text
            self._credentials.show_error(words)
        self._offer_test(untested=missing)
        self._fit_to_focus()

    def _go_untested(self) -> None:
        if self._credentials.check():
            self._tested, self._places = None, []
            self._show_places()
        self._fit_to_focus()

    def _show_places(self) -> None:
        kind, note = self._kind, ""
        if self._tested is None:
            note = t("console.storage.place_untested")
        elif self._result is TestResult.NO_LIST_PERMISSION:
            note = advice_for(self._result, kind)
        self._place.show_places(self._places, self._service.service, note)
        self._turn(PLACE)

    def _turn(self, step: int) -> None:
        self._step = step
        self._scroll.verticalScrollBar().setValue(0)
        for place, page in enumerate(self._pages):
            page.setVisible(place == step)
        self._steps.show_step(step)
        self._offer_test(untested=False)
        made = self._making.account is not None
        self._back.setVisible(step > (PLACE if made else SERVICE))
        rename(self._close, t("console.close" if made else "console.cancel"))
        rename(self._next, t("console.storage.finish" if step == SUMMARY else "console.storage.next"))
        self._rest()
        if step == COMPANIES:
            self._read_companies()
        if step == SUMMARY:
            draft = self._draft
            self._summary.facts.show_facts(draft.facts(self._names))
            self._summary.show_steps(draft.plan(self._making))
        begin: list[Callable[[], object]] = [
            self._service.begin,
            self._credentials.begin,
            self._place.choice.list_focus.setFocus,
            self._companies.begin,
            self._next.setFocus,
        ]
        begin[step]()
        QTimer.singleShot(0, self, self.fit)

    def _fit_to_focus(self) -> None:
        self.fit()
        self.scroll_to_focus()

    def _offer_test(self, *, untested: bool) -> None:
        """Offer a test where there is something to test, or to go on without, once it has failed."""
        self._untested.setVisible(untested)
        self._test_button.setVisible(self._step == CREDENTIALS and not untested)

    def _submit(self) -> None:
        self._work(t("console.storage.adding"))
        client, making, draft = self._desk.client, self._making, self._draft
        self._desk.run(self, lambda: make(client, making, draft), self._made, self._failed, slow=bool(draft.new))

    def _made(self, account: StorageAccount) -> None:
        self._making.account = account
        self.close()

    def _failed(self, error: Exception) -> None:
        """Lead to where the mistake is; what is made by then stays, and is said to be there."""
        if self._making.account is not None:
            self._place.say(t("console.storage.half_made", name=self._making.account.name))
        taken = isinstance(error, Problem) and error.code == "name_taken"
        words = shown(error).text
        if self._making.account is None and taken:
            self._turn(CREDENTIALS)
            self._credentials.accuse_name(words)
        elif self._making.account is None and is_refused(error):
            self._turn(CREDENTIALS)
            if not self._credentials.fields.blame(error):
                self._credentials.show_error(words)
        elif taken:
            self._turn(PLACE)
            self._place.choice.accuse_name(words)
        elif self._making.account is not None and is_refused(error):
            self._turn(PLACE)
            self._place.choice.accuse_place(reason(error, self._kind) or words)
        else:
            self._rest()
            self._summary.fail(words)
            self._next.setFocus()
        self._fit_to_focus()

    def _work(self, words: str) -> None:
        self._busy = True
        self._spinner.show()
        self._state.setText(words)
        self._next.setEnabled(False)
        self._test_button.setEnabled(False)

    def _rest(self) -> None:
        self._busy = False
        self._spinner.hide()
        self._state.setText("")
        self._next.setEnabled(True)
        self._test_button.setEnabled(True)
