"""Changing with what a storage account is reached: all of it anew, tested first, then confirmed on the phone."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QLayout, QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.storage import REACHED, Service, advice_after, advice_for, kind_of, place_of, service_of, tone_of
from desktop.core.words import known, t
from desktop.dialogs.protected import Protected
from desktop.widgets.action_form import REASON, Form
from desktop.widgets.button import button
from desktop.widgets.field import Field
from desktop.widgets.layout import column
from desktop.widgets.notice import Banner
from desktop.widgets.storage_columns import kind_in_words
from desktop.widgets.storage_fields import StorageFields
from server.contract.problem import Problem
from server.contract.storage import StorageAccount, TestResult, Tried, TryDraft

ACTION = "storage_account.change_credentials"
Settings = dict[str, str]


class CredentialsForm(Form):
    """Secrets are typed anew: nobody, this console neither, is told the old ones."""

    test_asked = Signal()

    def __init__(self, account: StorageAccount, name: str, *, narrow: bool) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self._account = account
        service: Service = service_of(account)
        self.fields = StorageFields(service, name, narrow=narrow)
        self.fields.show_settings(account.settings)
        self.test = button(t("console.storage.test"), f"{name}.test", self.test_asked.emit, icon="gauge")
        """Stands in the dialog's foot."""
        self._result = Banner("bad", "triangle-alert", f"{name}.result")
        self._required = False
        self._reason = Field(t("console.form.reason_optional"), f"{name}.reason")
        self._reason.edit.setMaxLength(500)
        self.setLayout(column(self.fields, self._result, self._reason, gap=16))
        self.fields.changed.connect(self._edited)
        self.fields.entered.connect(self.entered)
        self._reason.edit.textChanged.connect(lambda _: self.changed.emit())
        self._reason.edit.returnPressed.connect(self.entered)

    @property
    @override
    def parameters(self) -> dict[str, Any]:
        return {"storage_account": self._account.id, "settings": self.fields.settings}

    @property
    @override
    def reason(self) -> str:
        return self._reason.text

    @property
    @override
    def complete(self) -> bool:
        return self.fields.complete and not self.reason_missing

    @property
    @override
    def reason_missing(self) -> bool:
        return self._required and not self.reason

    @override
    def require_reason(self) -> None:
        self._required = True
        self._reason.rename(t("console.form.reason"))

    @override
    def check(self) -> bool:
        fits, missing = self.fields.check(), self.reason_missing
        self._reason.accuse(t("console.form.reason_required") if missing else "")
        if fits and missing:
            self._reason.editor.setFocus()
        return fits and not missing

    @override
    def blame(self, error: Exception) -> bool:
        told: Mapping[str, str] = shown(error).fields
        if any(key.endswith(REASON) for key in told):
            self.require_reason()
            self._reason.accuse(next(words for key, words in told.items() if key.endswith(REASON)))
            return len(told) == 1
        return self.fields.blame(error)

    @override
    def begin(self) -> None:
        self.fields.begin_with_secret()

    def show_testing(self) -> None:
        """Say that the service is being asked."""
        self.test.setEnabled(False)
        self.fields.accuse({})
        self._result.turn("tint", "loader")
        self._result.say(t("console.storage.testing"))

    def ease(self) -> None:
        """Say nothing of a test."""
        self.test.setEnabled(True)
        self._result.say("")

    def show_result(self, tried: Tried) -> None:
        """Say how it ended, at the field that is at fault, or below all of them."""
        self.ease()
        words = advice_after(tried, self._account.kind)
        at = place_of(tried.result, self.fields.settings) if tried.place is None else ""
        if tried.result is TestResult.HOST_KEY and tried.host_key:
            self.fields.ask_host_key(tried.host_key)
        elif at:
            self.fields.accuse({at: words})
        else:
            good = tried.result is TestResult.OK
            self._result.turn(tone_of(tried.result), "circle-check" if good else "triangle-alert")
            self._result.say(words)

    def show_error(self, error: Exception) -> None:
        """Say why nothing was tried."""
        self.ease()
        if not self.blame(error):
            words = advice_for(TestResult.NO_ENGINE, self._account.kind) if _lacks_engine(error) else ""
            self._result.turn("bad", "triangle-alert")
            self._result.say(words or shown(error).text)

    def _edited(self) -> None:
        self._result.say("")
        self.changed.emit()


class ChangeCredentials(Protected):
    """The secrets go to the server alone; the phone is shown where they are for, never what they are."""

    wide = 480

    def __init__(self, parent: QWidget, desk: Desk, account: StorageAccount) -> None:
        self._account = account
        self._given = CredentialsForm(account, "storage_credentials", narrow=True)
        self._reached: Settings | None = None
        """With these the service was reached, or may be left unasked."""
        self._busy = self._goes_on = False
        self._untested = button(t("console.storage.untested"), "storage_credentials.untested", self._go_untested)
        self._untested.hide()
        super().__init__(
            parent,
            desk,
            ACTION,
            "storage_credentials",
            title=known(f"action.{ACTION}", t("console.storage.change")),
            object_name=account.name,
            facts=kind_in_words(account),
            go=t("console.storage.change_it"),
            icon="key-round",
            danger=False,
        )
        self._given.test_asked.connect(lambda: self._test(then_on=False))
        self._given.fields.trusted.connect(lambda: self._test(then_on=self._goes_on))
        self._given.fields.changed.connect(lambda: self._offer_test(untested=False))

    @override
    def make_form(self) -> Form:
        return self._given

    @override
    def show_foot(self, layout: QLayout) -> None:
        if isinstance(layout, QBoxLayout):
            layout.insertWidget(0, self._given.test)  # one or the other
            layout.insertWidget(1, self._untested)
        super().show_foot(layout)

    @override
    def _submit(self) -> None:
        """Ask the phone for what reaches the service; what does not would cut the account off."""
        if self._reached == self._given.fields.settings or not self._given.check():
            super()._submit()
        elif self._go.isEnabled():
            self._test(then_on=True)

    def _go_untested(self) -> None:
        if self._given.check():
            self._reached = self._given.fields.settings
        self._submit()

    def _offer_test(self, *, untested: bool) -> None:
        self._untested.setVisible(untested)
        self._given.test.setVisible(not untested)

    def _test(self, *, then_on: bool) -> None:
        """Try what was typed, and the first place of the account with it: another key may not reach that."""
        if self._busy:
            self._goes_on |= then_on
            return
        if not self._given.fields.check():
            self.fit()
            return
        self._busy, self._goes_on = True, then_on
        self._given.show_testing()
        client, asked = self._desk.client, self._given.fields.settings
        place = next((each.place for each in self._account.destinations), None)
        call = TryDraft(kind=kind_of(service_of(self._account)), settings=asked, place=place)
        self._desk.run(
            self,
            lambda: client.try_storage(call),
            lambda tried: self._tried(asked, tried),
            self._not_tried,
            slow=True,
        )

    def _tried(self, asked: Settings, tried: Tried) -> None:
        self._busy = False
        if asked != self._given.fields.settings:  # somebody has typed on: it tells nothing of what stands there now
            self._given.ease()
            return
        self._reached = asked if tried.result in REACHED else None
        self._given.show_result(tried)
        if self._reached is not None and self._goes_on:
            self._submit()
        else:
            invalid = tried.result is TestResult.INVALID and tried.place is None  # the settings, and not a place
            self._offer_test(untested=tried.result not in REACHED | {TestResult.HOST_KEY} and not invalid)
            QTimer.singleShot(0, self, self._fit_to_focus)

    def _not_tried(self, error: Exception) -> None:
        self._busy = False
        self._given.show_error(error)
        self._offer_test(untested=_lacks_engine(error))
        QTimer.singleShot(0, self, self._fit_to_focus)

    def _fit_to_focus(self) -> None:
        self.fit()
        self.scroll_to_focus()


def _lacks_engine(error: Exception) -> bool:
    return isinstance(error, Problem) and error.code == "engine_missing"
