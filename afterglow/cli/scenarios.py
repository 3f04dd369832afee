"""Read scenario files and run them: shared by `simulate` and `test-protocols`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from afterglow.cli.arguments import text_of
from afterglow.cli.output import refuse
from afterglow.rules.expectations import Reported
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.scenario import BrokenScenario, Scenario, read_scenario
from afterglow.rules.simulated_stage import SimulatedTouch
from afterglow.rules.simulation import simulate


def read_scenarios(path: Path) -> Iterator[Scenario]:
    """The scenarios of a JSON-lines file, one after the other; a broken line ends the program with its number."""
    lines = [(n, line) for n, line in enumerate(text_of(path).splitlines(), 1) if line.strip()]
    if not lines:
        refuse(f"{path.name}: there is no scenario in it. Write one JSON object a line.")
    for number, line in lines:
        try:
            yield read_scenario(json.loads(line))
        except json.JSONDecodeError as error:
            refuse(f"{path.name}, line {number}: not valid JSON: {error.msg} at column {error.colno}.")
        except BrokenScenario as error:
            refuse(f"{path.name}, line {number}: {error}.")


def run_scenario(scenario: Scenario, book: ProtocolBook) -> list[Reported]:
    """Every touch of the scenario, in the practice's local time."""
    touches = simulate(
        scenario.happenings,
        clients=scenario.clients,
        practice=scenario.practice,
        book=book,
        until=scenario.until,
        outages=scenario.outages,
    )
    return reported(touches, scenario.practice.timezone)


def reported(touches: Sequence[SimulatedTouch], timezone: str) -> list[Reported]:
    zone = ZoneInfo(timezone)
    return [
        Reported(
            client=t.client_id,
            at=t.at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
            function=t.function.value,
            channel=t.channel.value,
            outcome=t.outcome,
            reason=t.reason,
            text=t.text,
        )
        for t in touches
    ]
