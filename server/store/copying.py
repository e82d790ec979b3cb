"""Copies every row between PostgreSQL and an SQLite file, so that one kind of backup serves both, and a move too."""

from typing import Any

from sqlalchemy import JSON, Connection, MetaData, Table, event, func, select, text

AT_ONCE = 1000  # rows


def copy(source: Connection, target: Connection) -> None:
    """Put the rows of `source` in the place of those of `target`, whose tables are of the same version."""
    tables = _tables(target)
    if target.dialect.name == "postgresql":
        target.execute(text(f"TRUNCATE {', '.join(table.name for table in tables)}"))
    else:
        for table in reversed(tables):
            target.execute(table.delete())
    for table in tables:
        found = source.execution_options(stream_results=True).execute(select(table))
        for rows in found.mappings().partitions(AT_ONCE):
            target.execute(table.insert(), [dict(row) for row in rows])
        if target.dialect.name == "postgresql":
            _go_on_counting(target, table)


def _tables(connection: Connection) -> list[Table]:
    """Return all tables as they are in the database, each after those that it refers to."""
    found = MetaData()
    event.listen(found, "column_reflect", _as_null)
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _as_null(_inspector: object, _table: object, column: Any) -> None:  # noqa: ANN401 - what reflection found
    """Keep NULL apart from the JSON that says null."""
    if isinstance(column["type"], JSON):
        column["type"] = JSON(none_as_null=True)


def _go_on_counting(target: Connection, table: Table) -> None:
    for column in table.primary_key:
        counted = target.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        if counted is not None:
            newest = target.scalar(select(func.max(column))) or 0
            target.execute(select(func.setval(counted, newest + 1, False)))
