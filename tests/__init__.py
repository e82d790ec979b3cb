"""The tests: units, the server over HTTP, windows, the phone in a browser, and whole stories."""
