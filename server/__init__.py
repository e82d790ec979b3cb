"""The approval server; never imports Qt or the desktop."""

__version__ = "0.1.0"
