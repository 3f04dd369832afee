"""What is due goes out in a simulation: decided by the real rules, worded by the real texts, sent to nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from afterglow.rules.decisions import Decision, Send, Skip, Task, Wait
from afterglow.rules.facts import Channel, Purpose, SentFacts
from afterglow.rules.number_caps import CAP_SPAN
from afterglow.rules.sending import decide_due
from afterglow.rules.simulated_client import PlannedTouch, SimulatedClient
from afterglow.rules.simulated_stage import Stage
from afterglow.rules.timing import local_day
from afterglow.rules.tokens import Links, tokens_for
from afterglow.rules.wording import Held, render

LINKS = Links(
    booking="https://book.example.test/b/7kq2",
    aftercare="https://book.example.test/c/7kq2",
    photo="https://book.example.test/p/7kq2",
    unsubscribe="https://book.example.test/u/7kq2",
)
TICK = timedelta(seconds=1)  # a touch that waits is never asked twice at one moment


@dataclass(slots=True, eq=False)
class Outbox:
    """Decides and sends; remembers what every phone number received, whoever it was for."""

    stage: Stage
    texts_to: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def send_due(self, client: SimulatedClient, now: datetime) -> None:
        """Every open touch of the client that is due now ends, or waits on."""
        due = {key: t for key, t in client.waiting.items() if t.due_at <= now}
        facts = client.facts_now(now, texts_to_number_at=self._recent_texts(client, now))
        decided = decide_due(
            [t.facts for t in due.values()],
            client=facts,
            practice=self.stage.practice,
            book=self.stage.book,
            now=now,
        )
        for touch_facts, decision in decided:
            self._carry_out(client, due[touch_facts.id], decision, now)

    def _recent_texts(self, client: SimulatedClient, now: datetime) -> tuple[datetime, ...]:
        if client.phone not in self.texts_to:
            return ()
        recent = [at for at in self.texts_to[client.phone] if now - at < CAP_SPAN]
        self.texts_to[client.phone] = recent
        return tuple(recent)

    def _carry_out(self, client: SimulatedClient, touch: PlannedTouch, decision: Decision, now: datetime) -> None:
        match decision:
            case Wait(until=until, reason=reason):
                touch.held, touch.due_at = reason, max(until, now + TICK)
                self.stage.expect(touch.due_at, touch)
            case Skip(reason=reason, task=task):
                self._end(client, touch, reason, task, now)
            case Send(channels=channels, reason=reason):
                texts = self._texts(client, touch, channels, now)
                if isinstance(texts, Held):
                    self._end(client, touch, f"held: {texts.reason}", Task("held", texts.reason), now)
                else:
                    self._send(client, touch, dict(zip(channels, texts, strict=True)), reason, now)

    def _end(self, client: SimulatedClient, touch: PlannedTouch, reason: str, task: Task | None, now: datetime) -> None:
        self.stage.end(touch, "skipped", reason)
        del client.waiting[touch.facts.id]
        if task is not None:
            self.stage.ask_staff(client.id, task, now, touch.facts.step.function)

    def _texts(
        self, client: SimulatedClient, touch: PlannedTouch, channels: Sequence[Channel], now: datetime
    ) -> list[str] | Held:
        if not self.stage.has_texts:
            return [""] * len(channels)
        facts, practice = touch.facts, self.stage.practice
        tokens = tokens_for(
            practice=practice,
            treatment=facts.treatment,
            first_name=client.known.first_name,
            provider=touch.visit.provider,
            visit_on=touch.visit.visit_on,
            today=local_day(now, practice.timezone),
            duration_text=facts.protocol.duration_text,
            links=LINKS,
        )
        texts = []
        for channel in channels:
            rendered = render(facts.step.templates[channel], tokens)
            if isinstance(rendered, Held):
                return rendered
            texts.append(f"{rendered.subject}\n\n{rendered.text}" if rendered.subject else rendered.text)
        return texts

    def _send(
        self, client: SimulatedClient, touch: PlannedTouch, texts: dict[Channel, str], reason: str, now: datetime
    ) -> None:
        step = touch.facts.step
        touch.is_open = False
        del client.waiting[touch.facts.id]
        client.done.add((touch.visit.id, step.function, step.key))
        for channel, text in texts.items():
            self.stage.note(client.id, now, step.function, channel, "sent", reason, text)
            if channel is not Channel.EMAIL and client.phone:
                self.texts_to[client.phone].append(now)
        client.sent.append(
            SentFacts(
                at=now,
                on=local_day(now, self.stage.practice.timezone),
                function=step.function,
                is_marketing=step.purpose is Purpose.MARKETING,
            )
        )
