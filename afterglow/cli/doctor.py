"""`afterglow doctor`: what is configured, what is missing, is it alive. The same findings as on the Health screen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import typer

from afterglow.cli.edge import now, ready
from afterglow.cli.output import DONE, PROBLEMS, Format, FormatOption, show
from afterglow.models import Practice, ProtocolVersion
from afterglow.models.across import all_practices
from afterglow.models.health_facts import machine_facts
from afterglow.models.scope import practice_scope
from afterglow.queries.findings import (
    Finding,
    State,
    database_finding,
    parts_findings,
    practice_findings,
    site_finding,
)
from afterglow.queries.health import database_health, practice_health

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Line = dict[str, object]


@command.command()
def doctor(form: FormatOption = Format.TABLE) -> None:
    """Check this installation and say in plain words what to do about each finding."""
    ready()
    at = now()
    machine = (database_finding(database_health()), site_finding(), *parts_findings(machine_facts(), now=at))
    lines = [_line(finding, _lower(finding.what)) for finding in machine]
    ids = all_practices()
    if not ids:
        none = Finding(state=State.FAULT, what="practice", says="There is none yet.", remedy="afterglow open-practice")
        lines.append(_line(none, none.what))
    for practice_id in ids:
        lines.extend(_line(finding, f"practice {practice_id}") for finding in _practice(practice_id, at))
    show(lines, columns=("state", "what", "finding"), form=form)
    raise typer.Exit(PROBLEMS if any(line["state"] == State.FAULT for line in lines) else DONE)


def _practice(practice_id: int, at: datetime) -> Iterable[Finding]:
    with practice_scope(practice_id):
        practice = Practice.objects.get(pk=practice_id)
        protocols = ProtocolVersion.objects.filter(practice=practice_id, is_current=True, is_on=True).count()
        findings = practice_findings(practice, practice_health(practice, now=at))
    says = f"{practice.name}, {practice.timezone}, {protocols} protocols on"
    return [Finding(state=State.GOOD, what="", says=says), *findings]


def _line(finding: Finding, what: str) -> Line:
    about = f"{finding.what}: " if finding.what and what != _lower(finding.what) else ""
    return {"state": finding.state.value, "what": what, "finding": f"{about}{finding.says} {finding.remedy}".strip()}


def _lower(what: str) -> str:
    return what[:1].lower() + what[1:]
