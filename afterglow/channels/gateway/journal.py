"""Everything that happened, as lines of a file and at hand: what was accepted, how far it got, who opted out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Record = dict[str, Any]

PROGRESS = frozenset({"queued", "sent", "delivered", "undelivered", "completed", "busy", "no-answer", "failed"})


def read_log(path: Path) -> list[Record]:
    """Every event of a gateway's log, oldest first; a line that is still being written is left out."""
    whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
    return [json.loads(line) for line in whole.split(b"\n") if line]


def named(record: Record) -> Record:
    """What every line about a text or a call says of it."""
    return {name: record[name] for name in ("kind", "sid", "token", "to")}


class Journal:
    """A line is written in one piece, by the operating system, before anybody gets an answer: it outlives any crash.

    A journal that opens an older file knows all that stands in it.
    """

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self.texts = Shelf()
        self.calls = Shelf()
        self.progress: dict[str, Record] = {}  # the last status of each text and call that has moved
        self.opted_out: set[str] = set()
        self.outage: Record = {"until": 0.0}
        self.count = 0
        self._path, self._clock = path, clock

    def open(self) -> None:
        for record in read_log(self._path):
            self._remember(record)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        written, _, cut_off = self._path.read_bytes().rpartition(b"\n")
        if cut_off:  # by a machine that went down: nobody got an answer to it
            os.ftruncate(self._file, len(written) + bool(written))

    def close(self) -> None:
        os.close(self._file)

    def note(self, event: str, **fields: Any) -> Record:
        """The record of what has just happened, once it is safely written."""
        record = {"event": event, "at": self._clock(), **fields}
        os.write(self._file, json.dumps(record).encode() + b"\n")
        self._remember(record)
        return record

    def now(self) -> float:
        return self._clock()

    def seconds_since(self, record: Record) -> float:
        return self._clock() - float(record["at"])

    def is_down(self) -> bool:
        return self._clock() < float(self.outage["until"])

    def new_sid(self, prefix: str) -> str:
        return f"{prefix}{self.count + 1:032x}"

    def status_of(self, record: Record) -> str:
        """How far a text or a call has got."""
        moved = self.progress.get(record["sid"])
        return moved["event"] if moved else str(record["first_status"])

    def _remember(self, record: Record) -> None:
        event = record["event"]
        if event == "accepted":
            self.count += 1
            (self.calls if record["kind"] == "call" else self.texts).add(record)
        elif event in PROGRESS:
            self.progress[record["sid"]] = record
        elif event == "inbound":
            self.count += 1
        elif event == "opted_out":
            self.opted_out.add(record["number"])
        elif event == "opted_in":
            self.opted_out.discard(record["number"])
        elif event == "outage":
            self.outage = record


class Shelf:
    """What was accepted, oldest first, found by its id or its recipient."""

    def __init__(self) -> None:
        self.by_sid: dict[str, Record] = {}
        self._by_number: dict[str, list[Record]] = {}

    def add(self, record: Record) -> None:
        self.by_sid[record["sid"]] = record
        self._by_number.setdefault(record["to"], []).append(record)

    def all(self) -> list[Record]:
        return list(self.by_sid.values())

    def to(self, number: str) -> list[Record]:
        return self._by_number.get(number, [])
