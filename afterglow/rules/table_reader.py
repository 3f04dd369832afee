"""Reading one TOML table field by field, collecting every fault instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from afterglow.rules.facts import Offset
from afterglow.rules.source_lines import Path, SourceLines
from afterglow.rules.vocabulary import did_you_mean


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to correct, in plain language. A warning does not keep the protocol from being used."""

    line: int
    message: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class TableReader:
    """The fields of one table. A getter returns a harmless value after noting a fault, so that reading goes on."""

    def __init__(self, table: Mapping[str, object], *, path: Path, lines: SourceLines, faults: list[Fault]) -> None:
        self._table = table
        self._path = path
        self._lines = lines
        self._faults = faults
        self._asked: dict[str, None] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def fault(self, message: str, *, key: str = "", is_warning: bool = False) -> None:
        """Notes a fault at the key's line, or at the table's own."""
        path = (*self._path, key) if key else self._path
        self._faults.append(Fault(self._lines.line(path), message, is_warning))

    def fault_in_text(self, key: str, *, line: int, message: str) -> None:
        """Notes a fault in the n-th line of a longer text."""
        self._faults.append(Fault(self._lines.line_within((*self._path, key), line), message))

    def text(self, key: str, *, is_required: bool = False) -> str:
        value = self._get(key)
        if value is None and is_required:
            self.fault(f'"{self._full(key)}" is missing')
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.fault(f'"{key}" must be a text in quotes; I found {_shown(value)}', key=key)
            return ""
        return value

    def identifier(self, key: str) -> str:
        value = self.text(key, is_required=True)
        if value and not _IDENTIFIER.fullmatch(value):
            self.fault(f'"{key}" takes small letters, digits and _; I found {_shown(value)}', key=key)
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self._get(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.fault(f'"{key}" must be true or false; I found {_shown(value)}', key=key)
        return default

    def number(self, key: str, *, default: int) -> int:
        value = self._get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return default if value is None else int(value)
        self.fault(f'"{key}" must be a whole number; I found {_shown(value)}', key=key)
        return default

    def amount(self, key: str) -> Decimal | None:
        value = self._get(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return None if value is None else Decimal(str(value))
        self.fault(f'"{key}" must be an amount such as 500; I found {_shown(value)}', key=key)
        return None

    def word(self, key: str, known: Iterable[str], *, default: str = "", is_required: bool = False) -> str:
        value = self.text(key, is_required=is_required)
        if not value:
            return default
        return value if self._is_known(key, value, known) else default

    def words(self, key: str, known: Iterable[str]) -> tuple[str, ...]:
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            self.fault(f'"{key}" must be a list such as ["{next(iter(known), "")}"]; I found {_shown(value)}', key=key)
            return ()
        return tuple(word for word in value if self._is_known(key, word, known))

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
            self.fault(f'"{key}" must be a list of texts such as ["…"]; I found {_shown(value)}', key=key)
            return ()
        return tuple(value)

    def identifiers(self, key: str) -> tuple[str, ...]:
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(w, str) and _IDENTIFIER.fullmatch(w) for w in value):
            self.fault(f'"{key}" must be a list such as ["filler_lips"]; I found {_shown(value)}', key=key)
            return ()
        return tuple(value)

    def offset(self, key: str) -> Offset | None:
        value = self._get(key)
        if value is None:
            self.fault(f'"{key}" is missing: say when, for example "75 days"')
            return None
        if value == "same day":
            return Offset(amount=0, unit="days")
        found = _OFFSET.fullmatch(value) if isinstance(value, str) else None
        if not found:
            shapes = '"75 days", "5 months" or "24 hours"'
            self.fault(f'"{key}" must look like {shapes}; I found {_shown(value)}', key=key)
            return None
        return Offset(amount=int(found[1]), unit=f"{found[2]}s")

    def days(self, key: str) -> int:
        if key not in self:
            self._asked[key] = None
            return 0
        offset = self.offset(key)
        if offset and offset.unit != "days":
            self.fault(f'"{key}" is counted in days, for example "21 days"; I found "{offset}"', key=key)
        return offset.amount if offset else 0

    def clock(self, key: str) -> time | None:
        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, str) and _CLOCK.fullmatch(value):
            return time.fromisoformat(value)
        self.fault(f'"{key}" must be a time of day in quotes such as "10:00"; I found {_shown(value)}', key=key)
        return None

    def table(self, key: str) -> TableReader | None:
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault(f'"{key}" must be a table of its own; I found {_shown(value)}', key=key)
            return None
        return self._inner(value, key)

    def tables(self, key: str) -> Iterator[TableReader]:
        value = self._get(key)
        if value is None:
            return
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.fault(f'"{key}" must be written as [[{key}]], once for each', key=key)
            return
        for index, entry in enumerate(value):
            yield self._inner(entry, key, index)

    def close(self) -> None:
        """Call last: whatever nobody asked for is a spelling mistake, or belongs elsewhere."""
        for key in self._table:
            if key not in self._asked:
                self.fault(f'I do not know "{key}"{did_you_mean(key, self._asked)}', key=key)

    def _full(self, key: str) -> str:
        """The key as it is written inside its step: "email.subject"."""
        outer = self._path[-1:] if self._path and isinstance(self._path[-1], str) else ()
        return ".".join((*map(str, outer), key))

    def _get(self, key: str) -> object:
        self._asked[key] = None
        return self._table.get(key)

    def _is_known(self, key: str, word: str, known: Iterable[str]) -> bool:
        if word in known:
            return True
        hint = did_you_mean(word, known) or f"; it can be {', '.join(known)}"
        self.fault(f'"{key}" does not know "{word}"{hint}', key=key)
        return False

    def _inner(self, table: Mapping[str, object], *path: str | int) -> TableReader:
        return TableReader(table, path=(*self._path, *path), lines=self._lines, faults=self._faults)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_OFFSET = re.compile(r"(\d{1,4}) (hour|day|month)s?")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
