"""What a server answers about administrators, their actions and sessions, from memory."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from server.contract.action import ActionInfo
from server.contract.administrator import Me
from server.contract.permission import Permission, Role
from server.contract.request import Kind
from server.contract.session import Session

NOW = datetime.now(UTC)
_ID = {"pattern": "^[A-Za-z0-9_-]{1,64}$", "type": "string"}
_RIGHTS: dict[str, Any] = {
    "role": {"$ref": "#/$defs/Role"},
    "companies": {"anyOf": [{"items": _ID, "type": "array"}, {"type": "null"}], "default": None, "title": "Companies"},
    "permissions": {"items": {"$ref": "#/$defs/Permission"}, "title": "Permissions", "type": "array"},
}
_DEFS = {
    "Permission": {"enum": [each.value for each in Permission], "title": "Permission", "type": "string"},
    "Role": {"enum": [each.value for each in Role], "title": "Role", "type": "string"},
}
_PASSWORD = {"format": "password", "maxLength": 1024, "type": "string"}
_NEW: dict[str, Any] = {
    "username": {"maxLength": 64, "minLength": 1, "title": "Username", "type": "string"},
    "email": {"maxLength": 254, "title": "Email", "type": "string"},
    "name": {"anyOf": [{"maxLength": 120, "type": "string"}, {"type": "null"}], "default": None, "title": "Name"},
}
_ONE = {"administrator": {**_ID, "title": "Administrator"}}
PROPERTIES: dict[str, dict[str, Any]] = {
    "administrator.create": {**_NEW, **_RIGHTS},
    "administrator.delete": _ONE,
    "administrator.disable": _ONE,
    "administrator.enable": _ONE,
    "administrator.reset_two_factor": _ONE,
    "administrator.set_permissions": {**_ONE, **_RIGHTS},
    "api_key.create": {
        "name": {"maxLength": 64, "minLength": 1, "title": "Name", "type": "string"},
        "permissions": _RIGHTS["permissions"],
        "companies": _RIGHTS["companies"],
        "expires_in_days": {
            "anyOf": [{"maximum": 3650, "minimum": 1, "type": "integer"}, {"type": "null"}],
            "default": None,
            "title": "Expires In Days",
        },
    },
    "origin.retire": {"origin": {"type": "string"}},
    "password.change": {"current_password": _PASSWORD, "new_password": _PASSWORD},
    "policy.change": {},
    "recovery_codes.reset": {},
    "storage_account.change_credentials": {"storage_account": _ID, "settings": {"type": "object"}},
    "storage_account.delete": {"storage_account": _ID},
    "two_factor.disable": {},
    "user.delete": {"user": _ID, "mode": {"enum": ["user_and_data", "user_only", "data_only"], "type": "string"}},
    "user.delete_now": {"user": _ID},
}
TITLES = {
    "administrator.create": "Create administrator",
    "administrator.delete": "Delete administrator",
    "administrator.disable": "Disable administrator",
    "administrator.enable": "Enable administrator",
    "administrator.reset_two_factor": "Reset two-factor authentication",
    "administrator.set_permissions": "Change what an administrator may do",
    "api_key.create": "Create API key",
    "origin.retire": "Stop serving an old address",
    "password.change": "Change password",
    "policy.change": "Change the security policy",
    "recovery_codes.reset": "Make new recovery codes",
    "storage_account.change_credentials": "Change the credentials of a storage account",
    "storage_account.delete": "Delete storage account",
    "two_factor.change_method": "Change the method of two-factor authentication",
    "two_factor.disable": "Turn off two-factor authentication",
    "user.delete": "Delete user",
    "user.delete_now": "Delete now",
}
SUMMARIES = {
    "administrator.create": "Create the administrator “{name}”",
    "administrator.delete": "Delete the administrator “{name}”",
    "administrator.disable": "Disable the administrator “{name}”",
    "administrator.enable": "Enable the administrator “{name}”",
    "administrator.reset_two_factor": "Reset the two-factor authentication of “{name}”",
    "administrator.set_permissions": "Change what the administrator “{name}” may do",
    "api_key.create": "Create the API key “{name}”",
    "origin.retire": "Stop serving the old address “{name}”, which cuts off 2 phones",
    "password.change": "Change the password of “{name}”",
    "policy.change": "Change the security policy",
    "recovery_codes.reset": "Make new recovery codes for “{name}”",
    "storage_account.change_credentials": "Change the credentials of the storage account “{name}”",
    "storage_account.delete": "Delete the storage account “{name}”",
    "two_factor.change_method": "Use an authenticator app instead of the phone for “{name}”",
    "two_factor.disable": "Turn off two-factor authentication for “{name}”",
    "user.delete": "Delete the user “{name}” and keep the data",
    "user.delete_now": "Delete the data of the user “{name}” now",
}
_LOST = (
    "All that lies in the folder “mia.brandt” of “northwind-backups” at the storage account “Wasabi Frankfurt” is "
    "deleted: 412 GB, 48,120 objects, as measured on 28 November 2026, 23:10 UTC."
)
_FINAL = "This becomes final 72 hours after it is approved. Until then it can be called off."
_GONE = "Then “Mia Brandt (mia.brandt@contoso.example)” is deleted too."
CONSEQUENCES = {
    "administrator.create": "The new sub-administrator sees 2 companies, with users.delete, users.edit.",
    "administrator.delete": "The account is deleted for good. Its phone is cut off, its sessions and API keys end.",
    "administrator.disable": "The account cannot sign in any more. Its sessions end, and what it waits for is void.",
    "administrator.enable": "The account can sign in again.",
    "administrator.reset_two_factor": "The phone “Pixel 8” is cut off and all sessions end. A grant is told once.",
    "administrator.set_permissions": "Before: all companies, with users.edit. After: 2 companies, with audit.view.",
    "api_key.create": "Whoever has it may read and ask as “amelia.hart” for 90 days: users.edit, for all companies.",
    "origin.retire": "The phones of “jonas.keller”, “priya.nair” are cut off and their sessions end.",
    "password.change": "The old password no longer signs in. This account’s other sessions end.",
    "policy.change": (
        "Whoever asks for a management action must say why, which nobody has to now. From 2026-12-08 00:00 UTC, "
        "instead of never, an account without two-factor authentication can do nothing but turn it on. "
        "3 accounts have none now."
    ),
    "recovery_codes.reset": (
        "8 old codes are void. The new ones are shown once, in the console that asked. "
        "This account’s other sessions end."
    ),
    "storage_account.change_credentials": "From then on the account is reached with them. The old ones are forgotten.",
    "storage_account.delete": (
        "Countersign forgets the account, its credentials and its 3 destinations. "
        "The 2.7 TB that lie at the service stay there."
    ),
    "two_factor.change_method": (
        "The phone “Pixel 9” is cut off, and this account’s other sessions end. An authenticator app covers less: the "
        "destruction of others’ things cannot be confirmed with it unless policy says so."
    ),
    "two_factor.disable": "The phone “Pixel 9” is cut off and this account’s other sessions end.",
    "user.delete": "Mia Brandt can no longer sign in, at once and for good. Backed-up data is kept.",
    "user.delete_now": f"{_LOST} This becomes final as soon as it is approved. It cannot be called off. {_GONE}",
}
SUMMARIES_WITH_DATA = {
    "user_and_data": "Delete the user “{name}” and all of the data",
    "data_only": "Delete all data of the user “{name}”",
}
WITH_DATA = {
    "user_and_data": f"{_LOST} {_FINAL} {_GONE}",
    "data_only": f"{_LOST} {_FINAL} The user stays.",
}
HIDDEN = frozenset({"secret_key", "key", "password", "private_key"})
OWN = frozenset({"password.change", "recovery_codes.reset", "two_factor.change_method", "two_factor.disable"})


def action(name: str, *, protected: bool) -> ActionInfo:
    """Return an action as the server lists it."""
    properties = PROPERTIES[name]
    required = [key for key, value in properties.items() if "default" not in value and key != "permissions"]
    schema = {"$defs": _DEFS, "properties": properties, "required": required, "type": "object"}
    kind = Kind.AUTHENTICATION if name in OWN else Kind.MANAGEMENT
    values = {"name": name, "title": TITLES[name], "description": "", "kind": kind, "permission": None}
    return ActionInfo.model_validate({**values, "schema": schema, "protected": protected})


def details(
    me: Me, name: str, parameters: Mapping[str, Any], reason: str, *, names: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the phone would show; `names` are those of what has ids."""
    things = ("administrator", "storage_account", "user", "origin", "username")
    thing = next((str(parameters[key]) for key in things if key in parameters), "")
    called = names.get(thing, thing) or me.username
    if name in ("policy.change", "api_key.create"):
        called = "Security policy" if name == "policy.change" else str(parameters["name"])
    area = name.partition(".")[0]
    kind = {"storage_account": "storage_account", "user": "user", "origin": "device"}.get(area, "administrator")
    shown = dict(parameters)
    summary = SUMMARIES_WITH_DATA.get(str(parameters.get("mode")), SUMMARIES[name])
    consequence = WITH_DATA.get(str(parameters.get("mode")), CONSEQUENCES[name])
    if name == "password.change":
        shown = {"new_password": "set", "new_password_digest": "d" * 43}
    elif name == "two_factor.change_method":
        shown.pop("code")
    elif name == "storage_account.change_credentials":
        seen = {key: value for key, value in parameters["settings"].items() if key not in HIDDEN}
        shown = {**parameters, "settings": seen, "secrets": "set", "secrets_digest": "d" * 43}
    return {
        "v": 1,
        "id": "",
        "answer_key": "",
        "kind": "authentication" if name in OWN else "management",
        "action": name,
        "title": TITLES[name],
        "summary": summary.format(name=called),
        "username": me.username,
        "device_name": "NW-LT-014",
        "application": "Countersign 0.1.0, Windows",
        "ip": "192.168.1.24",
        "notices": [],
        "target": [{"type": kind, "id": thing or me.id, "name": called}],
        "parameters": shown,
        "consequence": consequence,
        "reason": reason,
    }


def session(number: int, **more: Any) -> Session:
    """Return one of one's own sessions; the first is the one that asks."""
    values: dict[str, Any] = {
        "id": f"ses_{number}",
        "current": number == 0,
        "device_name": ("NW-LT-014", "HOME-PC", "nw-build-01")[number % 3],
        "application": ("Countersign 0.1.0, Windows", "Countersign 0.1.0, Linux", "curl")[number % 3],
        "ip": f"192.168.1.{24 + number}",
        "created_at": NOW - timedelta(hours=2 + number),
        "last_used_at": NOW - timedelta(minutes=25 * number),
        "expires_at": NOW + timedelta(hours=9),
    }
    return Session(**(values | more))
