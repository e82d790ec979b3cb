"""Roles and permissions of administrators."""

from enum import StrEnum


class Role(StrEnum):
    """A provider has every permission for all companies."""

    PROVIDER = "provider"
    SUB_ADMINISTRATOR = "sub_administrator"


class Permission(StrEnum):
    """What an administrator may do; reading what lies in one's companies needs none, the audit log does."""

    USERS_EDIT = "users.edit"
    USERS_DELETE = "users.delete"
    COMPANIES_EDIT = "companies.edit"
    STORAGE_EDIT = "storage.edit"
    STORAGE_DELETE = "storage.delete"
    COMPUTERS_EDIT = "computers.edit"
    RMM_RUN = "rmm.run"
    ADMINISTRATORS_EDIT = "administrators.edit"
    API_KEYS_EDIT = "api_keys.edit"
    POLICY_EDIT = "policy.edit"
    AUDIT_VIEW = "audit.view"
