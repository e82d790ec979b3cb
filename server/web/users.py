"""Handlers of managed backup users, and of the deletions of their data."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import Depends, Query
from starlette.responses import StreamingResponse

from server.contract.deletion import Deletion, DeletionStatus
from server.contract.message import Page
from server.contract.user import EditUser, NewUser, User, UserStatus
from server.services import deletions, users
from server.web.console import Cursor, Limit, Text, write
from server.web.context import Server
from server.web.guard import Called, Signed

EXPORT_AT_ONCE = 500


async def _filters(
    q: Text = None,
    company: Text = None,
    status: UserStatus | None = None,
    enabled: bool | None = None,  # noqa: FBT001 - FastAPI reads it from the query
    destination: Text = None,
) -> users.Filters:
    return users.Filters(q or "", company, status, enabled, destination)


Filtered = Annotated[users.Filters, Depends(_filters)]


async def list_users(
    caller: Called,
    context: Server,
    filters: Filtered,
    sort: users.Sort = "created_at",
    order: users.Order = "desc",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[User]:
    """Managed backup users."""
    return await context.store.read(users.listed, caller, filters, sort, order, limit, cursor)


async def export_users(
    caller: Signed, context: Server, filters: Filtered, _kind: Annotated[Literal["csv"], Query(alias="format")]
) -> StreamingResponse:
    """Stream all users that match; it is audited."""
    now = context.clock()
    await write(context, caller, users.begin_export, filters, now)

    async def parts() -> AsyncIterator[str]:
        yield users.CSV_HEAD
        cursor: str | None = ""
        while cursor is not None:
            text, cursor = await context.store.read(users.export_part, caller, filters, EXPORT_AT_ONCE, cursor or None)
            yield text

    name = f"countersign-users-{now:%Y%m%d-%H%M%S}.csv"
    return StreamingResponse(
        parts(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def add_user(call: NewUser, caller: Called, context: Server) -> User:
    """Make one."""
    return await write(context, caller, users.add, call, context.clock())


async def one_user(user: str, caller: Called, context: Server) -> User:
    """One of them."""
    return await context.store.read(users.one, caller, user)


async def edit_user(user: str, call: EditUser, caller: Called, context: Server) -> User:
    """Change one."""
    return await write(context, caller, users.edit, user, call, context.clock())


async def restore_user(user: str, caller: Called, context: Server) -> User:
    """End the hold of one."""
    return await write(context, caller, users.restore, user, context.clock())


async def list_deletions(
    caller: Called,
    context: Server,
    q: Text = None,
    status: DeletionStatus | None = None,
    user: Text = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Deletion]:
    """Deletions that destroy data, newest first."""
    return await context.store.read(deletions.listed, caller, q, status, user, limit, cursor)


async def one_deletion(deletion: str, caller: Called, context: Server) -> Deletion:
    """One of them, with its report once it has ended."""
    return await context.store.read(deletions.one, caller, deletion)


async def stop_deletion(deletion: str, caller: Called, context: Server) -> Deletion:
    """Stop one that runs; once this answers nothing more is deleted, unless the service keeps that waiting."""
    stopped = await write(context, caller, deletions.stop, deletion, context.clock())
    await context.deletions.stop(deletion)
    return stopped
