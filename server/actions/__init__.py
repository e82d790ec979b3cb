"""Protected actions: one class each, in a module per area; importing this package registers them all.

The list is static, since a frozen program cannot look for modules.
"""

from server.actions import (
    administrator_access,
    administrator_rights,
    administrators,
    api_keys,
    device,
    origins,
    password,
    policy,
    recovery_codes,
    sign_in,
    storage,
    totp,
    two_factor,
    users,
)
from server.actions.registry import REGISTER, Execution, ProtectedAction

__all__ = [
    "REGISTER",
    "Execution",
    "ProtectedAction",
    "administrator_access",
    "administrator_rights",
    "administrators",
    "api_keys",
    "device",
    "origins",
    "password",
    "policy",
    "recovery_codes",
    "sign_in",
    "storage",
    "totp",
    "two_factor",
    "users",
]
