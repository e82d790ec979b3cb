"""Settings, API keys: with what scripts ask for the same as a console, each under permissions of its own."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core import clock, moments
from desktop.core.authority import NoAuthority, presented
from desktop.core.client import Client
from desktop.core.companies import all_companies
from desktop.core.desk import Desk
from desktop.core.transport import is_loopback
from desktop.core.words import known, n, t
from desktop.dialogs.api_example import ApiExample
from desktop.dialogs.api_key_form import ACTION, ApiKeyForm
from desktop.dialogs.end_api_key import EndApiKey
from desktop.models.table import Column, TableModel
from desktop.pages.listing import Listing
from desktop.pages.page import Page
from desktop.widgets.button import button, relook, rename
from desktop.widgets.face import Face
from desktop.widgets.layout import box, column, row
from desktop.widgets.table import Table
from desktop.widgets.text import Elided, Text, plain_tip, short
from server.contract import message
from server.contract.api_key import ApiKey
from server.contract.company import Company
from server.contract.topic import Topic


class ApiKeysPage(Page):
    """The keys that can be used; whoever owns one, or is a provider, may end it at once."""

    name = "settings.api_keys"
    icon = "key-round"
    topics = frozenset({Topic.API_KEYS, Topic.COMPANIES})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._schema: dict[str, Any] | None = None
        self._companies: list[Company] = []
        self._chosen: ApiKey | None = None
        self._model: TableModel[ApiKey] = TableModel(desk, self._columns(), _load, lambda key: key.id, self)
        self._table = Table(self._model, "api_keys.table")
        self._table.setAccessibleName(t("console.settings.api_keys.title"))
        self._facts = Text(t("console.api_keys.text"), "muted", wrap=True, name="api_keys.facts")
        self._example = button(t("console.api_keys.example"), "api_keys.example", self._show_example)
        self._create = button(t("console.api_keys.create"), "api_keys.create", self._open, look="primary", icon="plus")
        self._create.setEnabled(False)
        empty = Face("key-round", t("console.api_keys.empty"), t("console.api_keys.empty_text"), "api_keys.empty")
        self._faces = Listing(self._model, self._table, empty, "api_keys", bar=self._bar())
        head = row(self._facts, self._example, self._create, gap=8)
        head.setStretch(0, 1)
        layout = column(head, 12)
        layout.addWidget(self._faces.card(), 1)
        self.setLayout(layout)
        self.setFocusProxy(self._table)
        self._table.selected.connect(self._select)
        self.shortcut(QKeySequence.StandardKey.New, self._open, self._create)
        self.shortcut("Ctrl+Del", self._end, self._end_button)
        self._model.loaded.connect(lambda: self._select(self._table.key()))

    @override
    def reload(self) -> None:
        """Read the keys again, and what a new one may be made of."""
        self._faces.renew(lambda: self._model.ask_for({}))
        client = self.desk.client.in_background()
        self.desk.run(self, lambda: (_schema(client), all_companies(client)), self._learn, lambda _: None)

    def _bar(self) -> QWidget:
        self._name = Elided("", "strong", name="api_keys.selected")
        self._scope = Elided("", "small-muted", name="api_keys.scope")
        self._end_button = button("", "api_keys.end", self._end, look="danger", icon="trash-2")
        layout = row(gap=8, margins=(16, 8, 12, 8))
        layout.addLayout(column(self._name, self._scope), 1)
        layout.addWidget(self._end_button)
        self._selection = box("bar", layout, "api_keys.bar")
        self._selection.hide()
        return self._selection

    def _learn(self, found: tuple[dict[str, Any] | None, list[Company]]) -> None:
        self._schema, companies = found
        self._create.setEnabled(self._schema is not None)
        relook(self._create, "primary" if self._schema is not None else "")
        if companies != self._companies:
            self._companies = companies
            self._model.repaint()
            self._select(self._table.key())

    def _columns(self) -> list[Column[ApiKey]]:
        return [
            Column(t("console.api_keys.name"), _name, share=26, look="strong", tip=lambda key: plain_tip(key.name)),
            Column(
                t("console.api_keys.owner"),
                lambda key: key.administrator.username,
                share=18,
                tip=lambda key: plain_tip(key.administrator.username),
                folds=2,
            ),
            Column(
                t("console.form.permissions"),
                lambda key: n("console.api_keys.permissions", len(key.permissions)),
                share=18,
                tip=lambda key: plain_tip(_permissions(key)),
                folds=1,
            ),
            Column(
                t("console.api_keys.used"),
                _used,
                share=20,
                look="muted",
                tip=lambda key: moments.utc(key.last_used_at) if key.last_used_at else plain_tip(_used(key)),
                folds=3,
            ),
            Column(
                t("console.api_keys.expires"),
                _expires,
                share=18,
                tip=lambda key: moments.utc(key.expires_at) if key.expires_at else plain_tip(_expires(key)),
            ),
        ]

    def _select(self, key: str) -> None:
        chosen = self._model.item(self._model.row_of(key)) if key else None
        self._chosen = chosen
        self._selection.setVisible(chosen is not None)
        if chosen is not None:
            self._name.setText(chosen.name)
            self._scope.setText(f"{self._within(chosen)} · {_permissions(chosen)}")
            rename(self._end_button, t("console.api_keys.end", name=short(chosen.name).removesuffix("…")))

    def _within(self, key: ApiKey) -> str:
        """Return for which companies it is, in words."""
        if key.companies is None:
            return t("console.api_keys.all_companies")
        names = {company.id: company.name for company in self._companies}
        return ", ".join(names.get(each, each) for each in key.companies)

    def _open(self) -> None:
        if self._schema is not None:
            form = ApiKeyForm(self, self.desk, self._schema, self._companies)
            form.executed.connect(lambda _: self.reload())
            form.open()

    def _end(self) -> None:
        if self._chosen is not None:
            dialog = EndApiKey(self, self.desk, self._chosen)
            dialog.ended.connect(self._ended)
            dialog.open()

    def _ended(self, key: ApiKey) -> None:
        self.desk.said.emit(t("console.api_keys.ended", name=key.name), "good")
        self.reload()

    def _show_example(self) -> None:
        url = self.desk.public_url
        found = partial(_trusted, self.desk.client, url)
        self.desk.run(self, found, lambda authority: ApiExample(self, url, authority).open())


def _name(key: ApiKey) -> str:
    return key.name


def _permissions(key: ApiKey) -> str:
    return ", ".join(known(f"choice.{each}", each) for each in key.permissions) or t("console.api_keys.reads")


def _used(key: ApiKey) -> str:
    return moments.ago(key.last_used_at, clock.now()) if key.last_used_at else t("console.api_keys.never")


def _expires(key: ApiKey) -> str:
    return moments.date(key.expires_at) if key.expires_at else t("console.api_keys.until_ended")


def _trusted(client: Client, url: str) -> str:
    """Return the authority (PEM) that a script elsewhere has to trust to call the public URL; nothing where none."""
    if urlsplit(url).scheme == "http" or not is_loopback(client.url):
        return client.transport.authority
    try:
        return presented(client.url)
    except NoAuthority:
        return ""


def _schema(client: Client) -> dict[str, Any] | None:
    return next((each.schema_ for each in client.actions() if each.name == ACTION), None)


def _load(client: Client, query: dict[str, str]) -> message.Page[ApiKey]:
    return client.api_keys(query)
