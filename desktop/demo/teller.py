"""What every part of the story needs: to find things on the screen, and to ask the server what is true."""

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QTableView, QWidget

from desktop.core.client import Client
from desktop.core.desk import Desk
from desktop.demo.driver import Driver, Steps, Stuck, Until
from desktop.widgets.code import Code
from server.contract.message import Page
from server.contract.request import Request
from server.contract.user import User


class Teller:
    """Knows the demo's console."""

    def __init__(self, driver: Driver) -> None:
        """Tell with this driver."""
        self._driver = driver

    def _desk(self) -> Desk:
        desk = self._driver.console.arrival.desk
        if desk is None:
            message = "the console has no server"
            raise Stuck(message)
        return desk

    def _client(self) -> Client:
        return self._desk().client

    def _ask(self, dialog: str, reason: str = "") -> Steps[Request]:
        """Ask by the dialog that is open; the new request."""
        driver = self._driver
        if reason:
            yield from driver.type(f"{dialog}.reason", reason)
        before = {each.id for each in self._requests()}
        yield from driver.click(f"{dialog}.submit")
        yield Until("the new request", lambda: {each.id for each in self._requests()} - before)
        [request] = [each for each in self._requests() if each.id not in before]
        return request

    def _requests(self) -> list[Request]:
        approvals = self._desk().approvals
        return [*approvals.pending, *approvals.earlier]

    def _status(self, request: str) -> str:
        return next((each.status.value for each in self._requests() if each.id == request), "")

    def _code(self, name: str) -> Steps[str]:
        def shown() -> str:
            widget = self._driver.seen(Code, name)
            return widget.text() if widget else ""

        code: str = yield Until(name, shown)
        return code

    def _until_pane(self) -> Steps[None]:
        yield Until("the request in the pane", lambda: self._driver.seen(QWidget, "approvals.request"))

    def _table(self) -> QTableView | None:
        return self._driver.seen(QTableView, "users.table")

    def _row(self, text: str) -> int | None:
        table = self._table()
        return next((row for row, cells in enumerate(rows_of(table)) if text in cells), None)

    def _select(self, text: str) -> Steps[None]:
        def selected() -> bool:
            table = self._table()
            return table is not None and select_in(table, text)

        yield Until(f"{text} in the table", selected)

    def _exists(self, email: str) -> bool:
        found: Page[User] = self._client().users({"q": email})
        return any(user.username == email for user in found.items)


def rows_of(table: QTableView | None) -> list[list[str]]:
    """Return the texts of all cells."""
    if table is None or (model := table.model()) is None:
        return []
    root = QModelIndex()
    columns = range(model.columnCount(root))
    return [[str(model.index(row, column).data()) for column in columns] for row in range(model.rowCount(root))]


def select_in(table: QTableView, text: str) -> bool:
    """Select the first row with a cell that says `text`."""
    for row, cells in enumerate(rows_of(table)):
        if text in cells:
            table.selectRow(row)
            return True
    return False
