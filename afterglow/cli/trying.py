"""`afterglow test-protocols`: how a practice unit-tests its protocols."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from afterglow.cli.output import DONE, PROBLEMS
from afterglow.cli.scenarios import read_scenarios, run_scenario
from afterglow.rules.expectations import Reported, Verdict, check
from afterglow.rules.protocol_book import load_library
from afterglow.rules.scenario import Scenario

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def try_protocols(
    file: Annotated[Path, typer.Argument(help="Scenarios, one JSON object a line.")],
    has_drafts: Annotated[bool, typer.Option("--all", help="Run the draft protocols too.")] = False,
    is_verbose: Annotated[
        bool, typer.Option("--verbose", help="Show every touch, not only those of failures.")
    ] = False,
) -> None:
    """Run scenarios against the protocols on a virtual clock and report every expectation."""
    book = load_library(include_drafts=has_drafts)
    out = Console(highlight=False, soft_wrap=True)
    total = failed = explained = explain_count = 0
    for scenario in read_scenarios(file):
        touches = run_scenario(scenario, book)
        verdict = check(scenario.expectations, touches)
        _report(out, scenario, verdict, touches, is_verbose=is_verbose)
        total += 1
        failed += not verdict.has_passed
        explain_count += verdict.explain_count
        explained += verdict.explain_count - len(verdict.unexplained)
    out.print(f"{total - failed} of {total} scenarios passed; {explained} of {explain_count} explanations given")
    raise typer.Exit(PROBLEMS if failed else DONE)


def _report(out: Console, scenario: Scenario, verdict: Verdict, touches: list[Reported], *, is_verbose: bool) -> None:
    word = "[green]pass[/]" if verdict.has_passed else "[bold red]FAIL[/]"
    out.print(f"{word} {scenario.id} ", end="")
    out.print(scenario.title, markup=False)
    for line in (*verdict.failures, *verdict.unexplained):
        out.print(f"     {line}", markup=False)
    if is_verbose or not verdict.has_passed:
        for touch in touches:
            out.print(
                f"       {touch.at.replace('T', ' ')}  {touch.client}  {touch.function:10} {touch.channel:10} "
                f"{touch.outcome:9} {touch.reason}",
                markup=False,
                style="dim",
            )
