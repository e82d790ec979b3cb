"""The rows of the security table, those that no other test proves, over real HTTP."""
