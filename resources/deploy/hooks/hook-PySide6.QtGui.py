"""Of Qt's plugins only those that the console uses, before PyInstaller follows what they need: a whole GTK, say."""

from pathlib import Path

from PyInstaller.utils.hooks.qt import add_qt6_dependencies

WANTED = {
    "platforms": ("xcb", "wayland", "offscreen", "windows", "cocoa"),
    "platforminputcontexts": ("compose", "ibus"),
    "platformthemes": ("xdgdesktopportal",),
    "wayland-decoration-client": ("adwaita", "bradient"),
    "wayland-shell-integration": ("xdg-shell",),
}


def _wanted(file: str) -> bool:
    return any(name in Path(file).stem for name in WANTED.get(Path(file).parent.name, ()))


hiddenimports, binaries, datas = add_qt6_dependencies(__file__)
binaries = [(source, to) for source, to in binaries if _wanted(source)]
