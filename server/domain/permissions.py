"""Who may do what: a provider has all permissions for all companies, nobody gives more than he holds."""

from collections.abc import Collection
from dataclasses import dataclass

from server.contract.permission import Permission, Role


@dataclass(frozen=True)
class Rights:
    """What one administrator holds; `companies` null means all."""

    role: Role
    companies: frozenset[str] | None
    permissions: frozenset[Permission]

    @classmethod
    def of(cls, role: str, companies: Collection[str] | None, permissions: Collection[str]) -> "Rights":
        """Read the columns of an account."""
        if role == Role.PROVIDER:
            return cls(Role.PROVIDER, None, frozenset(Permission))
        scope = None if companies is None else frozenset(companies)
        return cls(Role.SUB_ADMINISTRATOR, scope, frozenset(Permission(each) for each in permissions))

    @classmethod
    def of_key(cls, companies: Collection[str] | None, permissions: Collection[str]) -> "Rights":
        """Read the columns of an API key, which is never a provider."""
        return cls.of(Role.SUB_ADMINISTRATOR, companies, permissions)

    def within(self, other: "Rights") -> "Rights":
        """Return what both hold."""
        both = (each for each in (self.companies, other.companies) if each is not None)
        return Rights(
            Role.PROVIDER if self.role is other.role is Role.PROVIDER else Role.SUB_ADMINISTRATOR,
            frozenset.intersection(*both) if self.companies is not None or other.companies is not None else None,
            self.permissions & other.permissions,
        )

    def may(self, permission: Permission | None) -> bool:
        """Whether it is held; null needs none."""
        return permission is None or permission in self.permissions

    def sees(self, company: str | None) -> bool:
        """Whether something of that company (null: of none) lies in its companies."""
        return self.companies is None or company in self.companies

    def oversees(self, other: "Rights") -> bool:
        """Whether who holds `other` lies in these companies; who has none lies in nobody's."""
        return self.companies is None or (bool(other.companies) and self._spans(other))

    def covers(self, other: "Rights") -> bool:
        """Whether `other` holds nothing beyond these: the ceiling of what one may give."""
        if self.role is Role.PROVIDER:
            return True
        return other.role is not Role.PROVIDER and self._spans(other) and other.permissions <= self.permissions

    def _spans(self, other: "Rights") -> bool:
        """Whether the companies of `other` lie in these; all of them lie only in all."""
        return self.companies is None or (other.companies is not None and other.companies <= self.companies)
