"""The first story, told headless: two-factor on, a user deleted, one kept, a sign-in, attempts to cheat."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QTableView, QWidget

from desktop.demo import colleague, sample
from desktop.demo.album import Album
from desktop.demo.backups import Backups
from desktop.demo.driver import Calling, Driver, Steps, Stuck, Until
from desktop.demo.erasing import Erasing
from desktop.demo.finale import Finale, Step
from desktop.demo.phones import StoryPhone
from desktop.demo.teller import Teller, rows_of, select_in
from desktop.widgets.qr import QrCode


def silently(_name: str, _line: str) -> Steps[None]:
    """Tell nothing of a step."""
    yield from ()


class Story(Teller):
    """Knows the demo's console, and where its lines go."""

    def __init__(self, driver: Driver, say: Callable[[str], None], backups: Backups) -> None:
        """Tell with this driver, a line a step."""
        super().__init__(driver)
        self._say, self._backups = say, backups
        self._invitation = self._approved = ""  # the colleague's, and the request whose approval was told

    def tell(self, phone: StoryPhone, album: Album) -> Steps[None]:
        """Tell all of it; what console and phone show at each step goes into the album."""
        yield from self._driver.see(QWidget, "first_run.set_up")

        def step(name: str, line: str) -> Steps[None]:
            yield from self._driver.picture(name)
            yield from phone.picture(album.folder / f"phone-{name}")
            self._say(f"{album.tell(line, name, f'phone-{name}'):2}  {line}")

        def note(line: str) -> None:
            self._say(f"{album.tell(line):2}  {line}")

        yield from self._driver.picture("first-run")
        yield from self.prepare(step)
        yield from self._enable_two_factor(phone, step)
        yield from self._delete_a_user(phone, step)
        yield from self._keep_a_user(phone, step)
        yield from Erasing(self._driver, self._backups).tell(phone, step, note)
        yield from self._sign_in_again(phone, step)
        yield from self._read_the_audit_log(step)
        yield from Finale(self._driver, self._approved, self._invitation).tell(phone, step, note)

    def prepare(self, step: Step) -> Steps[None]:
        """Set up on this computer, and fill in the sample data."""
        driver = self._driver
        yield from driver.click("first_run.set_up")
        told = {
            "organisation": sample.ORGANISATION,
            "name": sample.NAME,
            "username": sample.USERNAME,
            "email": sample.EMAIL,
            "password": sample.PASSWORD,
            "password_again": sample.PASSWORD,
        }
        for field, text in told.items():
            yield from driver.type(f"set_up.{field}", text)
        where = f"The bundled server runs at {self._client().url}; it was handed the set-up token, nobody typed it."
        yield from step("set-up", where)
        yield from driver.click("set_up.submit")
        yield from driver.see(QWidget, "nav.users")
        yield from step("signed-in-first", f"{sample.ORGANISATION} is set up, and {sample.NAME} is signed in.")
        yield from driver.click("nav.users")
        count = yield Calling(lambda: sample.fill(self._client(), self._backups))
        self._invitation = yield Calling(lambda: colleague.invite(self._client()))
        yield Until("the users in the table", lambda: len(rows_of(self._table())) >= count)
        added = f"{count} users of 6 companies were added through the API; the console showed them by itself."
        yield from step("sample", added)

    def _enable_two_factor(self, phone: StoryPhone, step: Step) -> Steps[None]:
        driver = self._driver
        yield from driver.click("nav.settings")
        yield from driver.click("settings.two_factor")
        yield from driver.see(QLineEdit, "enrolment.password")
        ticked = "Settings > General: “Enable two-factor authentication” is ticked, and the password asked again."
        yield from step("enable", ticked)
        yield from driver.type("enrolment.password", sample.PASSWORD)
        yield from driver.click("enrolment.continue")
        qr = yield from driver.see(QrCode, "enrolment.qr")
        yield from step("enrolment", "The dialog shows a QR code that works once, for ten minutes; the phone reads it.")
        digits = yield from phone.enrol(qr.text())
        field = yield from driver.see(QLineEdit, "enrolment.digits")
        shown = f"The phone checked the server’s key, sent the password sealed, and shows {digits[:3]} {digits[3:]}."
        yield from step("enrolment-digits", shown)
        yield from driver.type(field.objectName(), digits)
        code = yield from self._code("enrolment.code")
        yield from phone.look()
        match = "The digits match; the phone is now asked to turn two-factor authentication on."
        yield from step("enrolment-confirm", match)
        yield from phone.approve(code)
        yield from driver.see(QWidget, "enrolment.ended.title")
        yield from driver.click("codes.kept")
        told = "Ten recovery codes are shown once, for the day on which the phone is lost; saving them is confirmed."
        yield from step("recovery-codes", told)
        yield from driver.click("codes.done")
        yield Until("the dialog to close", lambda: driver.seen(QWidget, "codes.done") is None)
        yield from driver.see(QWidget, "settings.device")
        yield from step("settings", "The phone signed; the console turned to “on” by itself.")

    def _delete_a_user(self, phone: StoryPhone, step: Step) -> Steps[None]:
        driver = self._driver
        yield from driver.click("nav.users")
        yield from self._select(sample.LEAVER)
        yield from driver.picture("users")
        yield from driver.click("users.delete")
        request = yield from self._ask("delete_user", "Contract ended, ticket 4471")
        code = yield from self._code("confirmation.code")
        yield from self._until_pane()
        yield from phone.glance()
        waits = f"Deleting {sample.LEAVER} waits: the console shows {code[:3]} {code[3:]}, nothing is deleted yet."
        yield from step("pending", waits)
        if not (yield Calling(lambda: self._exists(sample.LEAVER))):
            message = "the user is gone before anybody approved"
            raise Stuck(message)
        shown = yield from phone.look()
        yield from step("request", f"The phone shows: {shown}; asked from {request.ip}.")
        yield from phone.approve(code)
        yield Until("the user to be gone from the table", lambda: self._row(sample.LEAVER) is None)
        yield Until("the approved state", lambda: self._status(request.id) == "executed")
        yield from driver.see(QWidget, "confirmation.status")
        self._approved = request.id
        signed = "Signed on the phone, executed in the same transaction; the console shows it, the user is gone."
        yield from step("approved", signed)
        yield from driver.click("confirmation.close")

    def _keep_a_user(self, phone: StoryPhone, step: Step) -> Steps[None]:
        driver = self._driver
        yield from self._select(sample.STAYER)
        yield from driver.click("users.delete")
        request = yield from self._ask("delete_user")
        yield from self._code("confirmation.code")
        yield from phone.look()
        yield from phone.reject()
        yield Until("the rejected state", lambda: self._status(request.id) == "rejected")
        if not (yield Calling(lambda: self._exists(sample.STAYER))):
            message = "the user is gone although the phone rejected"
            raise Stuck(message)
        kept = f"Deleting {sample.STAYER} was rejected on the phone: nothing happened, and the log has it."
        yield from step("rejected", kept)
        yield from driver.click("confirmation.close")

    def _sign_in_again(self, phone: StoryPhone, step: Step) -> Steps[None]:
        driver = self._driver
        yield from driver.click("account")
        yield from driver.choose("account.sign_out")
        yield from driver.type("sign_in.username", sample.USERNAME)
        yield from driver.type("sign_in.password", sample.PASSWORD)
        yield from driver.click("sign_in.submit")
        code = yield from self._code("waiting.code")
        yield from phone.look()
        waits = "Signed out and in again: the password was right, and the sign-in waits for the phone."
        yield from step("sign-in", waits)
        yield from phone.approve(code)
        yield from driver.see(QWidget, "nav.users")
        yield from step("signed-in", "The phone confirmed; the console opened by itself.")

    def _read_the_audit_log(self, step: Step) -> Steps[None]:
        driver = self._driver
        yield from driver.click("nav.audit")
        table = yield from driver.see(QTableView, "audit.table")
        yield Until("audit events", lambda: len(rows_of(table)) > 8)
        events = yield Calling(lambda: self._client().audit({"event": "request:approved", "limit": "500"}).items)
        signed = sum(1 for each in events if (each.model_extra or {}).get("evidence"))
        if signed < 3:
            message = f"only {signed} approvals carry the phone's signature"
            raise Stuck(message)
        yield Until("the approval in the table", lambda: select_in(table, "request:approved"))
        yield from driver.see(QWidget, "audit.details")
        yield from step("audit", f"The audit log has every step; its {signed} approvals carry the phone’s signatures.")
