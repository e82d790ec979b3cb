"""The only way to the data: `store.write` and `store.read`."""
