"""Where in a TOML text each table and key stands, so that a fault can name its line."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]


class SourceLines:
    """Line numbers of a TOML text, from 1. A path is the way to a value: `("steps", 0, "email", "subject")`."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._found: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._scan()

    def line(self, path: Path) -> int:
        """The line of that value, or of the nearest table around it that the text spells out."""
        while path and path not in self._found:
            path = path[:-1]
        return self._found.get(path, 1)

    def line_within(self, path: Path, line: int) -> int:
        """The line of the file for the n-th line of a text value; a text may begin below its own key."""
        first = self.line(path)
        starts_below = self._lines[first - 1].rstrip().endswith(_QUOTES)
        return first + line - (0 if starts_below else 1)

    def _scan(self) -> None:
        table: Path = ()
        open_quote = ""
        for number, line in enumerate(self._lines, start=1):
            if open_quote:
                open_quote = "" if open_quote in line else open_quote
            elif header := _HEADER.match(line):
                table = self._enter(_parts(header["name"]), is_array=line.lstrip().startswith("[["))
                self._found.setdefault(table, number)
            elif key := _KEY.match(line):
                self._note(table, _parts(key["name"]), number)
                open_quote = _left_open(line[key.end() :])

    def _note(self, table: Path, parts: tuple[str, ...], number: int) -> None:
        """A dotted key also stands for the tables it passes through."""
        for end in range(1, len(parts) + 1):
            self._found.setdefault((*table, *parts[:end]), number)

    def _enter(self, parts: tuple[str, ...], *, is_array: bool) -> Path:
        """The path of a header; inside an array of tables a sub-table belongs to the latest entry."""
        path: Path = ()
        for part in parts:
            path = (*path, part) if path not in self._counts else (*path, self._counts[path], part)
        if is_array:
            self._counts[path] = self._counts.get(path, -1) + 1
        return (*path, self._counts[path]) if path in self._counts else path


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))


def _left_open(value: str) -> str:
    """The quotes of a text that goes on in the next line, empty when it ends here."""
    return next((quotes for quotes in _QUOTES if value.lstrip().startswith(quotes) and value.count(quotes) == 1), "")


_QUOTES = ('"""', "'''")
_HEADER = re.compile(r"\s*\[\[?(?P<name>[^\[\]]+)\]")
_KEY = re.compile(r"""\s*(?P<name>[\w\-."']+(?:\s*\.\s*[\w\-"']+)*)\s*=\s*""")
