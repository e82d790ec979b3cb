"""`countersign demo`."""
