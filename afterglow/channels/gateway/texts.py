"""Texts: taking one, showing it, and what becomes of it afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from afterglow.channels.gateway.account import ACCOUNT_SID, API, API_VERSION, POOL_NUMBER
from afterglow.channels.gateway.answers import Collection, stamp
from afterglow.channels.gateway.chaos import Chaos
from afterglow.channels.gateway.faults import OPTED_OUT, Fault, fault_of_media, fault_of_text
from afterglow.channels.gateway.hooks import Hooks, Params
from afterglow.channels.gateway.journal import Journal, Record, named
from afterglow.channels.gateway.magic import ORDINARY, Magic, magic_of
from afterglow.channels.gateway.manners import Manners
from afterglow.channels.gateway.reports import Reports

LONGEST_VALIDITY = 36_000  # seconds, and the vendor's default
EXPIRED = 30036

_RANKS = {"accepted": 0, "queued": 1, "sent": 2, "delivered": 3, "undelivered": 3}


@dataclass(frozen=True, slots=True)
class Step:
    """`after` seconds from being accepted a text has this status."""

    after: float
    status: str
    code: int | None = None


class Texts:
    def __init__(self, journal: Journal, hooks: Hooks, chaos: Chaos, manners: Manners) -> None:
        self._journal, self._hooks, self._manners = journal, hooks, manners
        self._reports = Reports(journal, hooks, chaos)
        self._always_moves = manners.magic_numbers or manners.queue_ms > 0
        self.collection = Collection("messages", journal.texts, self.show)

    def take(self, pairs: Sequence[tuple[str, str]], form: dict[str, str]) -> Record | Fault:
        """The accepted text, safely in the log, or what is wrong with it."""
        fault = fault_of_text(form)
        media = tuple(value for name, value in pairs if name == "MediaUrl") if "MediaUrl" in form else ()
        fault = fault or fault_of_media(media) or self._magic(form["To"]).fault
        if fault is None and form["To"] in self._journal.opted_out:
            fault = OPTED_OUT
        if fault is not None:
            return fault
        return self._journal.note("accepted", **self._fields(form, media))

    def begin(self, record: Record) -> None:
        """What becomes of it goes on behind the answer. Where nobody would notice, nothing goes on."""
        if record["status_callback"] or self._always_moves:
            self._hooks.start(self._live(record))

    def resume(self) -> None:
        """Go on with what was under way when the gateway ended."""
        for record in self._journal.texts.all():
            if self._journal.status_of(record) not in ("delivered", "undelivered"):
                self.begin(record)

    def show(self, record: Record) -> Record:
        """A text as the API shows it: the callback's address, and so our token, is not among its fields."""
        moved = self._journal.progress.get(record["sid"])
        uri = f"{API}/Messages/{record['sid']}"
        return {
            "account_sid": ACCOUNT_SID,
            "api_version": API_VERSION,
            "body": record["body"],
            "date_created": record["date_created"],
            "date_sent": stamp(int(moved["at"])) if moved and moved["event"] != "queued" else None,
            "date_updated": stamp(int(moved["at"])) if moved else record["date_created"],
            "direction": "outbound-api",
            "error_code": moved["code"] if moved else None,
            "error_message": None,
            "from": record["from"] or (POOL_NUMBER if moved else None),
            "messaging_service_sid": record["messaging_service_sid"],
            "num_media": str(len(record["media"])),
            "num_segments": "0" if record["messaging_service_sid"] else "1",
            "price": None,
            "price_unit": "USD",
            "sid": record["sid"],
            "status": moved["event"] if moved else record["first_status"],
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": record["to"],
            "uri": f"{uri}.json",
        }

    def _fields(self, form: dict[str, str], media: tuple[str, ...]) -> Record:
        callback, service = form.get("StatusCallback", ""), form.get("MessagingServiceSid")
        return {
            "kind": "text",
            "sid": self._journal.new_sid("SM"),
            "token": token_in(callback),
            "to": form["To"],
            "from": form.get("From"),
            "messaging_service_sid": service,
            "body": form.get("Body", ""),
            "media": media,
            "validity_period": form.get("ValidityPeriod"),
            "status_callback": callback,
            "first_status": "accepted" if service else "queued",
            "date_created": stamp(int(self._journal.now())),
        }

    def _magic(self, number: str) -> Magic:
        return magic_of(number) if self._manners.magic_numbers else ORDINARY

    async def _live(self, record: Record) -> None:
        steps = steps_of(record, self._magic(record["to"]), self._manners)

        async def form_of(number: int) -> tuple[str, Params]:
            return steps[number].status, _status_form(record, steps[number], self._journal.now())

        reports = self._reports.send(record, [step.after for step in steps], form_of)
        await asyncio.gather(self._move(record, steps), reports)

    async def _move(self, record: Record, steps: Sequence[Step]) -> None:
        known = _RANKS[self._journal.status_of(record)]
        for step in (step for step in steps if _RANKS[step.status] > known):
            await asyncio.sleep(step.after - self._journal.seconds_since(record))
            self._journal.note(step.status, **named(record), code=step.code)


def steps_of(record: Record, magic: Magic, manners: Manners) -> list[Step]:
    """What becomes of a text, in order. Its first status is none of the steps: nobody is told about it."""
    queue = float("inf") if magic.is_stuck else manners.queue_ms / 1000
    validity = int(record["validity_period"] or LONGEST_VALIDITY)
    steps = [Step(0, "queued")] if record["first_status"] == "accepted" else []
    if queue >= validity:
        return [*steps, Step(validity, "undelivered", EXPIRED)]
    steps.append(Step(queue, "sent"))
    if not magic.is_unconfirmed:
        arrival = queue + manners.delivery_ms / 1000
        steps.append(Step(arrival, "undelivered" if magic.code else "delivered", magic.code))
    return steps


def token_in(callback: str) -> str:
    """Our own id, which a practice writes into the address of its callback."""
    return unquote(callback.partition("token=")[2].partition("&")[0])


def _status_form(record: Record, step: Step, now: float) -> Params:
    fields = {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": API_VERSION,
        "ErrorCode": str(step.code) if step.code else None,
        "From": record["from"] or POOL_NUMBER,
        "MessageSid": record["sid"],
        "MessageStatus": step.status,
        "MessagingServiceSid": record["messaging_service_sid"],
        "RawDlrDoneDate": f"{datetime.fromtimestamp(now, UTC):%y%m%d%H%M}" if step.status == "delivered" else None,
        "SmsSid": record["sid"],
        "SmsStatus": step.status,
        "To": record["to"],
    }
    return [(name, value) for name, value in fields.items() if value]
