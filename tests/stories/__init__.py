"""Whole stories: real server, real windows, real phones."""
