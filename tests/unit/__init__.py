"""Pure rules and bytes."""
