"""The administrator's console, on Qt Widgets.

PySide6 6.12 gives back one reference too many whenever a Qt call returns None or a truth value. From Python 3.12 on these
objects cannot be freed; on 3.11 the interpreter ends after some hundred thousand calls ("deallocating None"), so there
they are given more references than a program can use up.
"""

import ctypes
import sys

if sys.version_info < (3, 12):
    for _constant in (None, True, False, NotImplemented):
        ctypes.c_ssize_t.from_address(id(_constant)).value += 1 << 60
