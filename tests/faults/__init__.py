"""The server killed at every point that matters, and at random."""
