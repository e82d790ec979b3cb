"""One file a screen; a page never imports another, what two of them share is a widget or lives in `core`."""
