"""Tests of what people install, built for real; they run where `COUNTERSIGN_PACKAGES=1` asks for them."""
