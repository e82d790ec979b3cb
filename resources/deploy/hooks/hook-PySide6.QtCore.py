"""Qt's own translations stay away: the console's words are in `resources/translations`."""

from PyInstaller.utils.hooks.qt import add_qt6_dependencies

hiddenimports, binaries, _ = add_qt6_dependencies(__file__)
