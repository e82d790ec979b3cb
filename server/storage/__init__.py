"""Storage services behind one door, `Storage`: an engine that speaks with them, and a guard of its way out."""
