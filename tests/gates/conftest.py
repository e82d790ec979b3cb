"""The races are tried on both databases."""

from tests.both import new_database

__all__ = ["new_database"]
