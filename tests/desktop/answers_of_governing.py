"""What a server answers about companies, policy, API keys and the overview, from memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

from server.contract.administrator import Administrator, Created
from server.contract.api_key import ApiKey
from server.contract.company import Company
from server.contract.overview import Day, Overview
from server.contract.permission import Permission, Role
from server.contract.policy import ShownPolicy

NOW = datetime.now(UTC)
COUNTS = (
    (9, 0, 0), (11, 1, 0), (8, 0, 1), (10, 0, 0), (12, 0, 0), (1, 0, 0), (0, 0, 0), (12, 0, 1), (9, 1, 0), (10, 0, 0),
    (13, 0, 0), (7, 0, 0), (0, 0, 0), (6, 2, 2),
)  # fmt: skip
"""Approved, rejected, expired: fourteen days."""


def overview(**more: Any) -> Overview:
    """Return counts and the last days."""
    days = [
        Day(day=(NOW - timedelta(days=13 - place)).date(), approved=approved, rejected=rejected, expired=expired)
        for place, (approved, rejected, expired) in enumerate(COUNTS)
    ]
    values = {
        "users": 284,
        "companies": 23,
        "administrators": 5,
        "without_two_factor": 1,
        "phones_away": 1,
        "invited": 1,
        "days": days,
    }
    return Overview.model_validate(values | more)


def policy(**more: Any) -> ShownPolicy:
    """Return the defaults."""
    values: dict[str, Any] = {
        "request_lifetime": 120,
        "without_code": [],
        "reason_required": False,
        "qr_alone": False,
        "two_factor_from": None,
        "may_be_without_code": ["user.delete"],
        "may_be_by_totp": ["user.delete"],
    }
    return ShownPolicy(**(values | more))


def company(number: int, name: str = "", users: int = 12, **more: Any) -> Company:
    """Return a company."""
    names = ("Adatum", "Contoso", "Fabrikam", "Litware", "Tailspin Toys", "Wingtip Toys")
    return Company(
        id=f"cmp_{number}",
        name=name or names[number % len(names)] + (f" {number}" if number >= len(names) else ""),
        users=users,
        created_at=NOW - timedelta(days=30 * number),
        **more,
    )


def api_key(number: int, name: str = "Nightly import", **more: Any) -> ApiKey:
    """Return an API key."""
    values: dict[str, Any] = {
        "id": f"key_{number}",
        "name": name,
        "administrator": Created(id="adm_1", username="amelia.hart"),
        "companies": None if number % 2 == 0 else ["cmp_1", "cmp_2"],
        "permissions": [Permission.USERS_EDIT, Permission.AUDIT_VIEW][: 1 + number % 2],
        "created_at": NOW - timedelta(days=40 * number + 3),
        "expires_at": NOW + timedelta(days=90) if number % 2 == 0 else None,
        "last_used_at": NOW - timedelta(minutes=4) if number % 3 == 0 else None,
    }
    return ApiKey(**(values | more))


def administrator(username: str, name: str, **more: Any) -> Administrator:
    """Return a colleague's account."""
    values: dict[str, Any] = {
        "id": f"adm_{username}",
        "username": username,
        "name": name,
        "email": f"{username}@northwind.example",
        "role": Role.SUB_ADMINISTRATOR,
        "companies": None,
        "permissions": [],
        "two_factor": True,
        "created_at": NOW - timedelta(days=80),
    }
    return Administrator(**(values | more))
