"""The end of the story: a colleague joins, the demo tries to cheat its own server, and one row of a copy is changed."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.core.client import Client
from desktop.demo import colleague, sample
from desktop.demo.altering import Checked, alter_a_copy
from desktop.demo.cheating import Cheating, Tried
from desktop.demo.colleague import Colleague
from desktop.demo.driver import Calling, Driver, Steps, Stuck
from desktop.demo.phones import StoryPhone
from desktop.host import Host

Step = Callable[[str, str], Steps[None]]
"""Tells a step: the name of its pictures, and its line."""
Note = Callable[[str], None]
"""Tells a line without pictures."""

SETTINGS, SHORT = "server.toml", 4
"""Where the server's settings lie in its folder, and the seconds after which requests run out from then on."""
BACK_WITHIN = 30.0


class Finale:
    """Goes on where the story ended, with what was recorded there."""

    def __init__(self, driver: Driver, approved: str, invitation: str) -> None:
        """`approved` is the request whose approval by the phone is sent again, `invitation` the colleague's."""
        self._driver, self._approved, self._invitation = driver, approved, invitation

    def tell(self, phone: StoryPhone, step: Step, note: Note) -> Steps[None]:
        """Tell all of it; raises `Stuck` where an attempt has succeeded, or the changed row is not named."""
        jonas = yield from self._join(step)
        effects = yield from self._cheat(phone, jonas, step, note)
        data = self._host().folder
        checked: Checked = yield Calling(lambda: alter_a_copy(data, data.with_name("copy"), self._approved))
        note(f"One row of a copy of the database was changed. Before: {checked.before} After: {checked.after}")
        if effects:
            message = f"{effects} of the attempts to cheat had an effect"
            raise Stuck(message)
        if not checked.found:
            message = f"the audit check did not name the row that was changed, {checked.row}"
            raise Stuck(message)

    def _join(self, step: Step) -> Steps[Colleague]:
        url, data = self._client().url, self._host().folder
        jonas: Colleague = yield Calling(lambda: colleague.join(url, data, self._invitation))
        yield from step("colleague", f"{colleague.NAME}, a colleague, has accepted his invitation and set up a phone.")
        return jonas

    def _cheat(self, phone: StoryPhone, jonas: Colleague, step: Step, note: Note) -> Steps[int]:
        """Return how many attempts had an effect."""
        client, data = self._client(), self._host().folder
        names = [sample.STAYER, *(person.email for person in sample.PEOPLE[:2])]
        users: list[str] = yield Calling(lambda: [client.users({"q": name}).items[0].id for name in names])
        done: list[Tried] = []
        for attempt in Cheating(client, data, phone.sent[self._approved], jonas, users).attempts():
            if attempt.waits:
                yield Calling(self._hurry)
            tried: Tried = yield Calling(attempt.run)
            done.append(tried)
            if len(done) == 1 and not tried.effects:
                yield from phone.glance()
                yield from step("stolen", tried.line)
            else:
                note(tried.line)
        effects = sum(1 for each in done if each.effects)
        if self._driver.seen(QWidget, "toast.close"):  # the console saw the server go
            yield from self._driver.click("toast.close")
        yield from step("cheated", f"{len(done)} tried, {effects} effects.")
        return effects

    def _hurry(self) -> None:
        """Start the server anew, so that requests run out while somebody watches; blocks."""
        host = self._host()
        with host.aside():
            (host.folder / SETTINGS).write_text(f"request_lifetime = {SHORT}\n", encoding="utf-8")
        if not host.answers_within(BACK_WITHIN):
            message = "the server did not come back"
            raise Stuck(message)

    def _host(self) -> Host:
        if (host := self._driver.console.arrival.host) is None:
            message = "the console did not start its server"
            raise Stuck(message)
        return host

    def _client(self) -> Client:
        if (desk := self._driver.console.arrival.desk) is None:
            message = "the console has no server"
            raise Stuck(message)
        return desk.client
