"""A made-up practice: the visits of Juniper Skin Studio as its booking system would export them.

`python -m afterglow.intake.synthetic --seed 7 --until 2026-11-22 > visits.csv` writes the file that the demo replays.
Nobody in it exists: the numbers are 555-01xx, the addresses end in example.test. The same seed makes the same file.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TextIO

from afterglow.intake.columns import CONTRACT
from afterglow.intake.synthetic.appointments import appointments
from afterglow.intake.synthetic.people import invented_client

PRACTICE = "Juniper Skin Studio"
_MOST_SORTED = 20_000
_ONCE = 0.36  # of all clients come a single time


def generate(*, seed: int, until: date, clients: int = 400, visits: int = 1500) -> Iterator[dict[str, str]]:
    """Rows of our own CSV contract, client by client: one year back from `until`, and eight weeks of bookings ahead.

    `visits` counts appointments; some have two rows. Every status is as of the evening of `until`.
    """
    chance = random.Random(seed)  # noqa: S311 - invented people need no secret
    number = 0
    for index in range(clients):
        client = invented_client(chance, index=index, until=until)
        count = _how_often(chance, clients=clients - index, visits=visits - number)
        for rows in appointments(chance, count=count, until=until):
            number += 1
            for row in rows:
                yield {"appointment_id": f"JSS-{number:07}", **client, **row}


def write_csv(rows: Iterable[dict[str, str]], file: TextIO) -> None:
    """The rows under the header of our contract."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CONTRACT)
    writer.writerows([row.get(column, "") for column in CONTRACT] for row in rows)


def write_practice(file: TextIO, *, seed: int, until: date, clients: int = 400, visits: int = 1500) -> None:
    """The file as a booking system exports it: by date, unless it is so large that sorting would cost memory."""
    rows: Iterable[dict[str, str]] = generate(seed=seed, until=until, clients=clients, visits=visits)
    if visits <= _MOST_SORTED:
        rows = sorted(rows, key=lambda row: (row["start"], row["appointment_id"]))
    write_csv(rows, file)


def _how_often(chance: random.Random, *, clients: int, visits: int) -> int:
    """How often a client comes: many once, some every few weeks; together exactly the visits that were asked for."""
    mean = visits / clients
    if clients <= 20 or mean < 2:
        return round(mean)
    if chance.random() < _ONCE:
        return 1
    of_the_others = (mean - _ONCE) / (1 - _ONCE)
    return min(2 + int(chance.expovariate(1 / (of_the_others - 1.5))), max(10, round(3 * mean)))
