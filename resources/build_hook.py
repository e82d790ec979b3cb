"""Builds the phone app and fetches fonts and icons from npm packages, with the Node that PyPI carries."""

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    """Placeholder."""
