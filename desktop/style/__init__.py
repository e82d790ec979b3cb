"""How everything looks: tokens, style sheet, fonts and icons."""
