"""The administrator's console, on Qt Widgets."""
