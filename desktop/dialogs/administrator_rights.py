"""Inviting an administrator, and changing what one may do: role, companies and permissions, within one's own."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.words import t
from desktop.dialogs.protected import Protected
from desktop.widgets.action_form import ActionForm, Form
from desktop.widgets.text import short
from server.contract.administrator import Administrator
from server.contract.company import Company
from server.contract.permission import Role

CREATE, SET = "administrator.create", "administrator.set_permissions"
ROWS = (("username", "email"), ("name",), ("role",), ("companies",), ("permissions",))


class _Rights(Protected):
    """What both have in common: a form from the action's schema, in which a provider has nothing to choose."""

    wide = 524

    def __init__(
        self,
        parent: QWidget,
        desk: Desk,
        action: str,
        name: str,
        schema: dict[str, Any],
        companies: Sequence[Company],
        given: dict[str, Any],
        **words: str,
    ) -> None:
        self._schema, self._companies, self._given = schema, companies, given
        super().__init__(parent, desk, action, name, danger=False, **words)

    @override
    def make_form(self) -> Form:
        form = ActionForm(
            self._schema,
            self._name,
            self._desk.session.me,
            companies=self._companies,
            fixed={"administrator": self._given["administrator"]} if "administrator" in self._given else {},
            given=self._given,
            rows=ROWS,
            narrow=not self.roomy,
        )
        form.show_where({"companies", "permissions"}, "role", Role.SUB_ADMINISTRATOR)
        return form


class Invite(_Rights):
    """Ends with an invitation, told once; `again` is an account whose invitation was not accepted yet."""

    def __init__(
        self,
        parent: QWidget,
        desk: Desk,
        schema: dict[str, Any],
        companies: Sequence[Company],
        again: Administrator | None = None,
    ) -> None:
        me, given = desk.session.me, dict[str, Any]()
        if again is not None:
            given = _held_by(again) | {"username": again.username, "email": again.email, "name": again.name}
        how = "again" if again else "asked" if me.two_factor or me.grant_required else "at_once"
        super().__init__(
            parent,
            desk,
            CREATE,
            "invite",
            schema,
            companies,
            given,
            title=t("console.invite.title"),
            object_name=t("console.invite.title") if again is None else again.username,
            facts=t(f"console.invite.lead.{how}"),
            go=t("console.invite.go"),
            icon="user-plus",
        )

    @override
    def told_of(self) -> str:
        return str(self.parameters().get("username") or "")


class ChangeRights(_Rights):
    """It acts from the account's next call on; nobody has to sign in anew."""

    def __init__(
        self,
        parent: QWidget,
        desk: Desk,
        schema: dict[str, Any],
        companies: Sequence[Company],
        account: Administrator,
    ) -> None:
        super().__init__(
            parent,
            desk,
            SET,
            "rights",
            schema,
            companies,
            _held_by(account) | {"administrator": account.id},
            title=t("console.rights.title"),
            object_name=account.name,
            facts=" · ".join(dict.fromkeys((account.username, account.email))),
            go=t("console.rights.go", name=short(account.name)),
            icon="user-cog",
        )


def _held_by(account: Administrator) -> dict[str, Any]:
    permissions = [] if account.role is Role.PROVIDER else list(account.permissions)
    return {"role": account.role, "companies": account.companies, "permissions": permissions}
