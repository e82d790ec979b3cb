"""Tests of the phone web app: real Chromium against a real server."""
