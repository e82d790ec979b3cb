"""The composition root: the only place where the console's parts are built and joined.

`Console.window` is the main window. Everything that can be clicked or typed into has an object name, the same in tests
and in the demo. The ones on the main road:

- first run: `first_run.set_up`, `first_run.connect`, `first_run.choose_folder`
- a server that does not start: `starting.text`, `.again`, `.alone`, `.back`
- connecting: `connect.address`, `.submit`; an authority to compare: `connect.authority.fingerprint`, `connect.forget`
- set-up, which signs in at once: `set_up.organisation`, `.name`, `.username`, `.email`, `.password`, `.password_again`,
  `.submit`
- sign-in: `sign_in.username`, `.password`, `.submit`, `.invitation`
- waiting: `waiting.code`, `.qr`, `.scan`, `.cancel`, `.result`, `.again`
- invitation: `invitation.code`, `.password`, `.password_again`, `.submit`
- navigation: `nav.overview`, `nav.users` and so on; `account` opens the menu: `account.open`, `account.theme.*`,
  `account.about`, `account.sign_out`; about: `about.facts`, `about.close`
- users: `users.table`, `.search`, `.company`, `.state`, `.destination` (the filters), `.add`, `.export`; of the
  selected one `.edit`, `.delete`, `.show_request`, `.story`, `.restore`, `.delete_now`, `.stop`, `.report`;
  `user_form.email`, `.name`, `.company`, `.new_company`, `.destination`, `.folder`, `.limit`, `.enabled`, `.save`;
  `delete_user.way.*`, `delete_user.data.measure`, `.reason`, `.submit`, `.cancel`
- deletions: `users.tab.deletions`, `deletions.table`, `.status`; of the selected one `.story`, `.restore`,
  `.delete_now`, `.stop`, `.report`; the report `deletion.status`, `.facts`, `.failures`, `.request`;
  `stop_deletion.submit`, `.stay`
- a protected form of that name, such as `delete_user`, `retire`, `disable`, `invite`, `rights`, `administrator_step`,
  `password`: `.object`, `.consequence`, `.how`, `.enrol`, `.reason`, `.submit`, `.cancel`, `.preview`; parameters and
  their values by name: `invite.username`, `invite.role.provider`, `invite.permissions.users.edit`
- administrators: `administrators.table`, `.search`, `.invite`; of the selected one `.edit`, `.rights`, `.again`,
  `.reset`, `.enable`, `.disable`, `.delete`, `.show_request`, `.why`; `administrator_form.name`, `.email`, `.save`
- account: `account.edit`, `account.password`, `account.end.*`; `password.current`, `.password`, `.password_again`
- what is told once: `told.0` and so on, `told.until`, `told.copy`, `told.close`; what policy asks: `must_enrol.enrol`,
  `must_enrol.later`; what is told on every page: `banner.not_me`, `.go`
- a request: `confirmation.code`, `.qr`, `.target`, `.cancel`, `.put_aside`, `.status`, `.close`; in the pane
  `approvals.request`, `approvals.request.code`, `.qr`, `.cancel`
- settings: `settings.tab.general`, `settings.tab.server`; `settings.two_factor` (the check box),
  `settings.two_factor.state`, `settings.device`, `.test`, `.trouble`; `settings.server.keep` (the check box), `.facts`,
  `.state`, `.outlive`; `settings.phones.open`, `.state`, `.text`
- letting phones connect: `reach.way.own`, `.files`, `.proxy`; `reach.name.0` and so on, `reach.other_name`, `reach.go`;
  `reach.install.qr`, `.fingerprint`; `reach.next`; `reach.phone.title`, `reach.checks`, `reach.again`,
  `reach.firewall.rule`, `.copy`; `reach.test`, `reach.change`, `reach.retire.0`, `reach.close`; old addresses:
  `retire.devices`
- enrolment: `enrolment.app_qr`, `.password`, `.continue`, `.qr`, `.copy_link`, `.new_code`, `.digits`, `.code`,
  `.confirm_qr`, `.ended.title`, `.again`, `.cancel`
  where another phone is replaced: `enrolment.no_phone`, `.recovery_code`, `.totp`, `.by_code.go`, `.other_way`
- recovery codes: `codes.list`, `codes.list.0` and so on, `codes.copy`, `.save`, `.print`, `.kept` (the check box),
  `.done`, `codes.unsaved`; `settings.codes`, `.left`, `.reset`; `banner.codes.go`; the protected form `reset_codes`
- the method: `settings.method`, `settings.app.change`; `totp.password`, `.continue`, `.qr`, `.secret`, `.digits`
- a lost phone: `settings.lost`, `lost_phone.password`, `.code`, `.submit`, `.cancel`; `settings.gone.go`,
  `settings.device.change`
- audit: `audit.table`, `.actor`, `.event`, `.outcome`, `.from`, `.to`, `.search`, `.export`, `.details`,
  `audit.details.copy`
- closing while requests wait: `closing.stop`, `.stay`, `.hide`
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from desktop.arrival import Arrival
from desktop.core.garbage import Garbage
from desktop.core.settings import Settings
from desktop.core.tasks import Tasks
from desktop.core.vault import KeyringVault, Vault
from desktop.leaving import Leaving
from desktop.means import Means
from desktop.style.theme import Theme
from desktop.window import Window

if TYPE_CHECKING:
    from desktop.core.desk import Desk
    from desktop.service.service import Service
    from desktop.tray import Tray


class Console:
    """One console with its window; a test or the demo may build several. `services` finds a data folder's service."""

    def __init__(
        self,
        *,
        folder: Path | None = None,
        url: str = "",
        settings: Path | None = None,
        vault: Vault | None = None,
        services: "Callable[[Path], Service | None]" = lambda _: None,
    ) -> None:
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            message = "QApplication comes first"
            raise TypeError(message)
        self.settings = Settings(settings)
        found = application.findChild(Theme, "theme")
        self.theme = found if isinstance(found, Theme) else Theme(application)
        self.theme.choose(self.settings.get(Settings.theme), int(self.settings.get(Settings.text_size)) / 100)
        self.garbage = Garbage(application)
        self.tasks = Tasks()
        self.window = Window(self.settings)
        self.arrival = Arrival(Means(self.window, self.tasks, vault or KeyringVault(), self.settings), services)
        self.arrival.turned.connect(self._turned)
        self.leaving = Leaving(self.window, self.arrival)
        self.tray: Tray | None = None
        self._folder = folder
        self._url = url
        self._open = True
        self.window.closed.connect(self.close)

    def start(self) -> None:
        """Show the window and its first screen."""
        self.garbage.start()
        self.arrival.start(self._folder, self._url)
        self.window.show()

    def close(self) -> None:
        """Let go of the server, the threads and the window."""
        if self._open:
            self._open = False
            self.window.hide()
            if self.tray is not None:
                self.tray.close()
            self.tasks.close()
            self.arrival.close()
            self.tasks.join(2.0)
            self.window.deleteLater()
            self.tasks.deleteLater()
            self.garbage.stop()
            self.garbage.deleteLater()

    def _turned(self, desk: "Desk") -> None:
        """Show in the tray, where there is one, what waits at this server."""
        from desktop.tray import Tray, available, bring  # noqa: PLC0415 - after the first screen

        if self.tray is None and available():
            self.tray = Tray(self.window)
            self.tray.opened.connect(lambda: bring(self.window))
            self.tray.left.connect(self._leave)
            self.leaving.tray = True
        if self.tray is not None:
            self.tray.follow(desk)

    def _leave(self) -> None:
        """Close, in sight of whoever may be asked about it."""
        from desktop.tray import bring  # noqa: PLC0415 - as above

        bring(self.window)
        self.window.close()
