"""The window of new recovery codes, after they were made for this session."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.keep_codes import KeepCodes
from desktop.dialogs.protected import NO_SCHEMA, Protected
from desktop.dialogs.window import Dialog
from desktop.widgets.action_form import ActionForm, Form
from desktop.widgets.layout import column

ACTION = "recovery_codes.reset"
WIDTH = 640


class RecoveryCodes(Dialog):
    """Who closes it without having said that they are kept is asked to close it twice."""

    def __init__(self, parent: QWidget, desk: Desk, *, news: str = "") -> None:
        super().__init__(parent, t("console.codes.window"), "recovery_codes", WIDTH)
        self._keep = KeepCodes(desk, news=news, roomy=self.roomy)
        self._keep.changed.connect(self.fit)
        self._keep.finished.connect(self.accept)
        body, air = QWidget(), 24 if self.roomy else 12
        body.setLayout(column(self._keep, margins=(24, air, 24, air)))
        self.show_body(body)
        self.show_foot(column(self._keep.foot, margins=(24, min(16, air), 24, min(16, air))))

    def tell(self) -> None:
        """Ask for them, and show them."""
        self._keep.tell()

    def show_codes(self, codes: Sequence[str]) -> None:
        """Show these."""
        self._keep.show_codes(codes)

    @override
    def reject(self) -> None:
        if self._keep.may_close():
            super().reject()


class ResetRecoveryCodes(Protected):
    """Asking for new ones; they come once it has been confirmed."""

    def __init__(self, parent: QWidget, desk: Desk, *, left: int) -> None:
        """`left` is how many old ones it makes void."""
        super().__init__(
            parent,
            desk,
            ACTION,
            "reset_codes",
            title=t("console.codes.reset_title"),
            object_name=desk.session.me.username,
            facts=t("console.codes.reset_facts" if left else "console.codes.first_facts"),
            go=t("console.codes.reset_go"),
            icon="key-round",
            danger=left > 0,
        )

    @override
    def make_form(self) -> Form:
        return ActionForm(NO_SCHEMA, self._name, self._desk.session.me, reason=False)

    @override
    def parameters(self) -> dict[str, Any]:
        return {}
