"""What must hold everywhere."""
