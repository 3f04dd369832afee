"""One experiment from beginning to end: open the practices, kill, let the rest be worked off, judge."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.progress import Progress

from afterglow.models import Attempt, Touch
from afterglow.models.scope import practice_scope
from bench.at_noon import moved_clock
from bench.crowd import gather
from bench.installation import free_port
from bench.provider import Provider
from torture.judge import OPEN, judge
from torture.plan import Plan
from torture.report import print_report
from torture.stage import Stage

LOOK_SECONDS = 0.2
AT_RANDOM = 0.4  # of the kills; the others happen at named points
SAID = Path(tempfile.gettempdir()) / "afterglow-torture.log"
LEFT_OVER_WITHIN = 300.0  # after the last kill: what is in doubt is asked about, and asked again


def is_passed(plan: Plan, data_dir: Path) -> bool:
    """Whether nothing was doubled and nothing was lost. Prints the table."""
    stage = _stage(plan, data_dir)
    provider = Provider(f"http://127.0.0.1:{stage.gateway_port}", stage.log)
    practice_ids = _open_practices(plan, provider)
    try:
        _kill_and_watch(plan, stage)
        stage.calm_down()
        _work_off(stage, practice_ids)
    finally:
        stage.end()
    verdict = judge(practice_ids, accepted=provider.accepted())
    print_report(plan, kills=stage.kills, verdict=verdict)
    return not verdict.faults


def _stage(plan: Plan, data_dir: Path) -> Stage:
    web_port = free_port()
    environment = {
        **os.environ,
        "AFTERGLOW_SITE_URL": f"http://127.0.0.1:{web_port}",
        "AFTERGLOW_APP_DATABASE_URL": make_conninfo(**settings.APP_DATABASE),
    }
    return Stage(
        plan=plan,
        environment=environment,
        data_dir=data_dir,
        log=data_dir / "gateway.jsonl",
        said=SAID.open("wb"),
        gateway_port=free_port(),
        web_port=web_port,
        chance=random.Random(plan.seed),
    )


def _open_practices(plan: Plan, provider: Provider) -> list[int]:
    """In each the messages fall due one after another: otherwise all would be gone before the first kill."""
    crowd = gather(provider, messages=plan.touches, practices=plan.practices)
    share, span, begins_at = crowd.size // plan.practices, timedelta(seconds=plan.seconds), moved_clock()
    crowd.fall_due(lambda number: begins_at + span * (number % share) / share)
    return list(crowd.touch_ids)


def _kill_and_watch(plan: Plan, stage: Stage) -> None:
    ends_at = time.monotonic() + plan.seconds
    pause = plan.seconds / (plan.kills * AT_RANDOM)
    next_kill_at = time.monotonic() + pause
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("killing", total=plan.kills)
        while time.monotonic() < ends_at or stage.total_kills < plan.kills:
            stage.look_after()
            if time.monotonic() >= next_kill_at:
                stage.kill_something()
                next_kill_at = time.monotonic() + stage.chance.uniform(0.5, 1.5) * pause
            progress.update(bar, completed=stage.total_kills)
            time.sleep(LOOK_SECONDS)


def _work_off(stage: Stage, practice_ids: Sequence[int]) -> None:
    deadline = time.monotonic() + LEFT_OVER_WITHIN
    while _open(practice_ids) and time.monotonic() < deadline:
        stage.look_after()
        time.sleep(LOOK_SECONDS)


def _open(practice_ids: Sequence[int]) -> int:
    """Touches and attempts that are due or under way; 1 while the database cannot be asked."""
    try:
        return sum(_open_in(practice_id) for practice_id in practice_ids)
    except DatabaseError:
        connections.close_all()
        return 1


def _open_in(practice_id: int) -> int:
    with practice_scope(practice_id):
        touches = Touch.objects.filter(practice=practice_id, state__in=OPEN, function="check_in").count()
        attempts = Attempt.objects.filter(practice=practice_id, state__in=("intent", "unknown"), finished_at=None)
        return touches + attempts.count()
