"""What the console calls the server for to do with managed backup users and the deletions of their data."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from desktop.core.calls import Calls, Query
from server.contract.deletion import Deletion
from server.contract.message import Page
from server.contract.user import EditUser, NewUser, User


class UserCalls(Calls):
    """A part of the client."""

    def users(self, query: Query) -> Page[User]:
        """List managed backup users."""
        return self._read("/users", Page[User], query)

    def export_users(self, query: Query, target: Path, progress: Callable[[int], None] | None = None) -> int:
        """Write the matching users to a file, which appears only once it is whole; return its size."""
        return self._download("/users/export", {**query, "format": "csv"}, target, progress)

    def user(self, user: str) -> User:
        """Return one user."""
        return self._read(f"/users/{quote(user)}", User)

    def add_user(self, form: NewUser) -> User:
        """Make a user."""
        return self._send("POST", "/users", User, form)

    def edit_user(self, user: str, form: EditUser) -> User:
        """Change the members of a user that are set in `form`."""
        return self._send("PATCH", f"/users/{quote(user)}", User, form)

    def restore_user(self, user: str) -> User:
        """Call the deletion of a held user off."""
        return self._send("POST", f"/users/{quote(user)}/restore", User)

    def deletions(self, query: Query) -> Page[Deletion]:
        """List deletions that destroy data, newest first."""
        return self._read("/deletions", Page[Deletion], query)

    def deletion(self, deletion: str) -> Deletion:
        """Return one of them, with its report."""
        return self._read(f"/deletions/{quote(deletion)}", Deletion)

    def stop_deletion(self, deletion: str) -> Deletion:
        """Stop one that runs; what is gone stays gone."""
        return self._send("POST", f"/deletions/{quote(deletion)}/stop", Deletion)
