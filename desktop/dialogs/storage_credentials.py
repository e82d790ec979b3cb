"""Changing with what a storage account is reached: all of it anew, tested here, then confirmed on the phone."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QLayout, QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.storage import Service, advice_for, kind_of, place_of, service_of
from desktop.core.words import known, t
from desktop.dialogs.protected import Protected
from desktop.widgets.action_form import REASON, Form
from desktop.widgets.button import button
from desktop.widgets.field import Field
from desktop.widgets.layout import column
from desktop.widgets.notice import Banner
from desktop.widgets.storage_columns import kind_in_words
from desktop.widgets.storage_fields import StorageFields
from server.contract.storage import StorageAccount, TestResult, Tried, TryStorage

ACTION = "storage_account.change_credentials"


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
        self.fields.trusted.connect(self.test_asked)
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
        return self.fields.complete

    @override
    def require_reason(self) -> None:
        self._required = True
        self._reason.rename(t("console.form.reason"))

    @override
    def check(self) -> bool:
        fits, missing = self.fields.check(), self._required and not self.reason
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
        self.fields.begin()

    def show_testing(self) -> None:
        """Say that the service is being asked."""
        self.test.setEnabled(False)
        self.fields.accuse({})
        self._result.turn("tint", "loader")
        self._result.say(t("console.storage.testing"))

    def show_result(self, tried: Tried) -> None:
        """Say how it ended, at the field that is at fault, or below all of them."""
        self.test.setEnabled(True)
        self._result.say("")
        words, at = advice_for(tried.result, self._account.kind), place_of(tried.result, self.fields.settings)
        if tried.result is TestResult.HOST_KEY and tried.host_key:
            self.fields.ask_host_key(tried.host_key)
        elif at:
            self.fields.accuse({at: words})
        else:
            good = tried.result is TestResult.OK
            self._result.turn("good" if good else "bad", "circle-check" if good else "triangle-alert")
            self._result.say(words)

    def show_error(self, error: Exception) -> None:
        """Say why nothing was tried."""
        self.test.setEnabled(True)
        self._result.say("")
        if not self.blame(error):
            self._result.turn("bad", "triangle-alert")
            self._result.say(shown(error).text)

    def _edited(self) -> None:
        self._result.say("")
        self.changed.emit()


class ChangeCredentials(Protected):
    """The secrets go to the server alone; the phone is shown where they are for, never what they are."""

    wide = 480

    def __init__(self, parent: QWidget, desk: Desk, account: StorageAccount) -> None:
        self._account = account
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
        if isinstance(self.form, CredentialsForm):
            self.form.test_asked.connect(self._test)

    @override
    def make_form(self) -> Form:
        return CredentialsForm(self._account, self._name, narrow=True)

    @override
    def show_foot(self, layout: QLayout) -> None:
        if isinstance(layout, QBoxLayout) and isinstance(self.form, CredentialsForm):
            layout.insertWidget(0, self.form.test)
        super().show_foot(layout)

    def _test(self) -> None:
        form = self.form
        if not isinstance(form, CredentialsForm) or not form.fields.check():
            self.fit()
            return
        form.show_testing()
        client = self._desk.client
        call = TryStorage(kind=kind_of(service_of(self._account)), settings=form.fields.settings)
        self._desk.run(self, lambda: client.try_storage(call), self._tried, self._not_tried, slow=True)

    def _tried(self, tried: Tried) -> None:
        if isinstance(self.form, CredentialsForm):
            self.form.show_result(tried)
        QTimer.singleShot(0, self, self._fit_to_focus)

    def _not_tried(self, error: Exception) -> None:
        if isinstance(self.form, CredentialsForm):
            self.form.show_error(error)
        QTimer.singleShot(0, self, self._fit_to_focus)

    def _fit_to_focus(self) -> None:
        self.fit()
        self.scroll_to_focus()
