"""On whose behalf an action is done, and with which rights."""

from dataclasses import dataclass

from server.domain.permissions import Rights
from server.store.tables import Administrator, ApiKey


@dataclass(frozen=True)
class Actor:
    """An account, and what it may do here: all that it holds, or what an API key leaves of that."""

    account: Administrator
    rights: Rights

    @classmethod
    def of(cls, account: Administrator, key: ApiKey | None = None) -> "Actor":
        """Read the rights of an account as they are now, within those of the key that acts for it."""
        held = account.rights
        return cls(account, held if key is None else held.within(Rights.of_key(key.companies, key.permissions)))

    @property
    def id(self) -> str:
        """Return the account's id."""
        return self.account.id

    @property
    def username(self) -> str:
        """Return the account's user name."""
        return self.account.username
