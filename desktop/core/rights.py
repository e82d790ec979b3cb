"""What administrators may do to each other: nobody edits, or gives, more than he holds himself (the server decides)."""

from collections.abc import Collection, Mapping

from desktop.core import clock
from server.contract.administrator import Administrator, Me
from server.contract.permission import Permission, Role


def covers(mine: Administrator, other: Administrator) -> bool:
    """Tell whether `other` holds nothing beyond what I hold."""
    if mine.role is Role.PROVIDER:
        return True
    within = sees_all(mine) or (other.companies is not None and set(other.companies) <= set(mine.companies or ()))
    return other.role is not Role.PROVIDER and within and set(other.permissions) <= set(mine.permissions)


def sees_all(one: Administrator) -> bool:
    """Tell whether there is no company that lies outside of his."""
    return one.role is Role.PROVIDER or one.companies is None


def may(mine: Administrator, permission: Permission) -> bool:
    """Tell whether a permission is held."""
    return permission in mine.permissions


def beyond(mine: Administrator, everything: Collection[Permission] = tuple(Permission)) -> frozenset[Permission]:
    """Return the permissions that I cannot give, since I do not hold them."""
    return frozenset(everything) - frozenset(mine.permissions)


def must_enrol_now(me: Me) -> bool:
    """Tell whether the policy leaves this account nothing but to turn two-factor authentication on."""
    return not me.two_factor and me.must_enrol_by is not None and me.must_enrol_by <= clock.now()


def may_see(me: Me) -> tuple[bool, Role, bool, frozenset[Permission]]:
    """Return what decides which pages there are: once it is different, the console has to be built anew."""
    return must_enrol_now(me), me.role, sees_all(me), frozenset(me.permissions)


def companies_of(one: Administrator, names: Mapping[str, str]) -> list[str]:
    """Return the names of his companies in order; none where he sees all."""
    return [] if sees_all(one) else sorted((names.get(each, each) for each in one.companies or ()), key=str.casefold)
