"""What every part of a simulation shares: the practice, the agenda of what comes next, the journal of what came."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime

from afterglow.rules.decisions import Task
from afterglow.rules.facts import Channel, Function, PracticeFacts
from afterglow.rules.happenings import Happening
from afterglow.rules.protocol_book import ProtocolBook
from afterglow.rules.simulated_client import PlannedTouch


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTouch:
    """One line of the result. `at` is the moment sent, or the moment a skipped or cancelled touch was due."""

    client_id: str
    at: datetime
    function: Function
    channel: Channel
    outcome: str  # sent | skipped | cancelled
    reason: str
    text: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class Stage:
    practice: PracticeFacts
    book: ProtocolBook
    has_texts: bool
    journal: list[SimulatedTouch] = field(default_factory=list)
    agenda: list[tuple[datetime, int, int, Happening | PlannedTouch]] = field(default_factory=list)
    count: int = 0

    def expect(self, at: datetime, item: Happening | PlannedTouch) -> None:
        """Put it on the agenda. What happens at a moment is known before anything is sent at that moment."""
        self.count += 1
        moment = at.astimezone(UTC)  # moments of one zone compare several times faster
        heapq.heappush(self.agenda, (moment, 0 if isinstance(item, Happening) else 1, self.count, item))

    def end(self, touch: PlannedTouch, outcome: str, reason: str) -> None:
        """The touch will not be sent."""
        touch.is_open = False
        facts = touch.facts
        self.note(facts.client_id, facts.planned_at, facts.step.function, facts.step.channels[0], outcome, reason)

    def ask_staff(self, client_id: str, task: Task, at: datetime, function: Function = Function.CHECK_IN) -> None:
        self.note(client_id, at, function, Channel.STAFF_TASK, "sent", task.reason)

    def note(
        self,
        client_id: str,
        at: datetime,
        function: Function,
        channel: Channel,
        outcome: str,
        reason: str,
        text: str = "",
    ) -> None:
        self.journal.append(
            SimulatedTouch(
                client_id=client_id,
                at=at,
                function=function,
                channel=channel,
                outcome=outcome,
                reason=reason,
                text=text,
            )
        )
