"""Benchmarks: run by hand, ratios rather than seconds."""
