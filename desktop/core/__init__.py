"""What the console knows and does without a window: QtCore only, no widgets."""
