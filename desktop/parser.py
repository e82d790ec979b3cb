"""Reads a command line, and says in one line what is wrong with it."""

import argparse
from typing import NoReturn

from typing_extensions import override


class Parser(argparse.ArgumentParser):
    """Argparse itself prints the usage first, which hides the fault."""

    @override
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {' '.join(message.split())}; see {self.prog} --help\n")
