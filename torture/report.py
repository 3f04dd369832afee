"""The table of one experiment."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from torture.judge import Verdict
from torture.plan import Plan
from torture.points import POINTS

MOST_FAULTS = 20


def print_report(plan: Plan, *, kills: Mapping[str, int], verdict: Verdict) -> None:
    """What was killed how often, how the messages ended, and what is wrong."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    at_points = [(point, kills.get(point, 0)) for point in POINTS]
    others = [(name, count) for name, count in kills.items() if name not in POINTS]
    console.print(_table("killed with -9", at_points + others, total=sum(kills.values())))
    console.print(_table("touches ended as", sorted(verdict.states.items()), total=verdict.touches))
    if verdict.reasons:
        console.print(_table("reasons of those not sent", sorted(verdict.reasons.items()), total=None))
    console.print(
        f"{plan.workers} workers, {plan.practices} practices, a provider that disturbs {plan.chaos:.0%} of calls and "
        f"takes {plan.latency_ms} ms; seed {plan.seed}. Accepted by the provider's own log: {verdict.accepted:,}."
    )
    for fault in verdict.faults[:MOST_FAULTS]:
        console.print(f"✗ {fault}")
    count = len(verdict.faults)
    console.print(
        f"✗ {count:,} faults" if count else "✓ No touch was accepted twice; each ended in one explained state."
    )


def _table(title: str, rows: list[tuple[str, int]], *, total: int | None) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column(title)
    table.add_column("", justify="right")
    for name, count in rows:
        table.add_row(name, f"{count:,}")
    if total is not None:
        table.add_row("together", f"{total:,}", style="bold")
    table.add_row("", "")
    return table
