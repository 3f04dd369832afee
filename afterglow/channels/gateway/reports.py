"""Delivery reports: each leaves in its time, unless trouble befalls it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from afterglow.channels.gateway.chaos import Chaos
from afterglow.channels.gateway.hooks import Hooks, Params
from afterglow.channels.gateway.journal import Journal, Record, named


class Reports:
    def __init__(self, journal: Journal, hooks: Hooks, chaos: Chaos) -> None:
        self._journal, self._hooks, self._chaos = journal, hooks, chaos

    async def send(
        self, record: Record, moments: Sequence[float], form_of: Callable[[int], Awaitable[tuple[str, Params]]]
    ) -> None:
        """One report for every moment, in seconds from the record's own; `form_of` its number says status and form."""
        if not record["status_callback"]:
            return
        for report in self._chaos.for_reports(record["sid"], moments):
            if report.trouble:
                self._journal.note("disturbed", **{**named(record), "kind": "callback"}, how=report.trouble)
            if report.is_lost:
                continue
            await asyncio.sleep(report.after - self._journal.seconds_since(record))
            status, form = await form_of(report.step)
            reply = await self._hooks.post(record["status_callback"], form)
            self._journal.note("callback", **named(record), status=status, answer=reply.status, fault=reply.fault)
