"""Phone calls: taking one, letting it ring, and asking the practice what to say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from afterglow.channels.gateway.account import ACCOUNT_SID, API, API_VERSION
from afterglow.channels.gateway.answers import Collection, stamp
from afterglow.channels.gateway.chaos import Chaos
from afterglow.channels.gateway.faults import Fault, fault_of_call
from afterglow.channels.gateway.hooks import Hooks, Params
from afterglow.channels.gateway.journal import Journal, Record, named
from afterglow.channels.gateway.magic import ORDINARY, Magic, magic_of, who_answers
from afterglow.channels.gateway.manners import Manners
from afterglow.channels.gateway.reports import Reports
from afterglow.channels.gateway.texts import token_in
from afterglow.channels.gateway.twiml import UnreadableTwiml, heard_in

CALL_SECONDS = 12
NOT_FETCHED, NOT_READABLE = 11200, 12100

_SIP = {"completed": "200", "busy": "486", "no-answer": "487", "failed": "404"}


@dataclass(frozen=True, slots=True)
class Stage:
    """`after` seconds from being accepted a call is so far; whoever asked for this event is told."""

    event: str
    status: str
    after: float


_INITIATED, _RINGING = Stage("initiated", "initiated", 0), Stage("ringing", "ringing", 0)


class Calls:
    def __init__(self, journal: Journal, hooks: Hooks, chaos: Chaos, manners: Manners) -> None:
        self._journal, self._hooks = journal, hooks
        self._reports = Reports(journal, hooks, chaos)
        self._ringing, self._has_magic = manners.delivery_ms / 1000, manners.magic_numbers
        self.collection = Collection("calls", journal.calls, self.show)

    def take(self, pairs: Sequence[tuple[str, str]], form: dict[str, str]) -> Record | Fault:
        """The accepted call, safely in the log, or what is wrong with it."""
        fault = fault_of_call(form, pairs)
        if fault is not None:
            return fault
        return self._journal.note("accepted", **self._fields(form, pairs))

    def begin(self, record: Record) -> None:
        """It rings behind the answer."""
        self._hooks.start(self._ring(record))

    def resume(self) -> None:
        """Ring again where a call was under way when the gateway ended."""
        for record in self._journal.calls.all():
            if record["sid"] not in self._journal.progress:
                self.begin(record)

    def show(self, record: Record) -> Record:
        """A call as the API shows it, without the address of its instructions."""
        ended = self._journal.progress.get(record["sid"])
        uri = f"{API}/Calls/{record['sid']}"
        return {
            "account_sid": ACCOUNT_SID,
            "answered_by": ended["answered_by"] if ended else None,
            "api_version": API_VERSION,
            "date_created": record["date_created"],
            "date_updated": stamp(int(ended["at"])) if ended else record["date_created"],
            "direction": "outbound-api",
            "duration": str(ended["duration"]) if ended else None,
            "end_time": stamp(int(ended["at"])) if ended else None,
            "from": record["from"],
            "parent_call_sid": None,
            "price": None,
            "price_unit": "USD",
            "sid": record["sid"],
            "start_time": record["date_created"] if ended else None,
            "status": ended["event"] if ended else record["first_status"],
            "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
            "to": record["to"],
            "uri": f"{uri}.json",
        }

    def _fields(self, form: dict[str, str], pairs: Sequence[tuple[str, str]]) -> Record:
        events = [value for name, value in pairs if name == "StatusCallbackEvent"]
        return {
            "kind": "call",
            "sid": self._journal.new_sid("CA"),
            "token": token_in(form.get("StatusCallback", "")) or token_in(form.get("Url", "")),
            "to": form["To"],
            "from": form["From"],
            "url": form.get("Url", ""),
            "twiml": form.get("Twiml", ""),
            "machine_detection": form.get("MachineDetection", ""),
            "async_amd_callback": form.get("AsyncAmdStatusCallback", "") if form.get("AsyncAmd") == "true" else "",
            "is_async": form.get("AsyncAmd") == "true",
            "status_callback": form.get("StatusCallback", ""),
            "status_callback_events": events or ["completed"],
            "first_status": "queued",
            "date_created": stamp(int(self._journal.now())),
        }

    def _magic(self, number: str) -> Magic:
        return magic_of(number) if self._has_magic else ORDINARY

    async def _ring(self, record: Record) -> None:
        magic = self._magic(record["to"])
        answered_by = ""
        if magic.call_status == "completed":
            answered_by = _detected(record, who_answers(record["to"], magic))
        is_over = asyncio.Event()
        await asyncio.gather(
            self._talk(record, magic, answered_by, is_over), self._report(record, magic, answered_by, is_over)
        )

    async def _talk(self, record: Record, magic: Magic, answered_by: str, is_over: asyncio.Event) -> None:
        await asyncio.sleep(self._ringing)
        if magic.call_status == "completed":
            if record["async_amd_callback"]:
                form = _form(record, AnsweredBy=answered_by, MachineDetectionDuration="1800")
                await self._hooks.post(record["async_amd_callback"], form)
            heard, fault = await self._heard(record, "" if record["is_async"] else answered_by)
            self._journal.note("call", **named(record), answered_by=answered_by, heard=heard, fault=fault)
        duration = CALL_SECONDS if magic.call_status == "completed" else 0
        self._journal.note(magic.call_status, **named(record), answered_by=answered_by or None, duration=duration)
        is_over.set()

    async def _heard(self, record: Record, answered_by: str) -> tuple[list[dict[str, str]], int | None]:
        """What the one who picked up hears, or the vendor's code for why there is silence."""
        twiml = record["twiml"]
        if record["url"]:
            form = _form(record, CallStatus="in-progress", Direction="outbound-api", AnsweredBy=answered_by)
            reply = await self._hooks.post(record["url"], form)
            if not 200 <= reply.status < 300:
                return [], NOT_FETCHED
            twiml = reply.body
        try:
            return heard_in(twiml), None
        except UnreadableTwiml:
            return [], NOT_READABLE

    async def _report(self, record: Record, magic: Magic, answered_by: str, is_over: asyncio.Event) -> None:
        stages = [_INITIATED, _RINGING]
        if magic.call_status == "completed":
            stages.append(Stage("answered", "in-progress", self._ringing))
        stages.append(Stage("completed", magic.call_status, self._ringing))
        wanted = [(n, stage) for n, stage in enumerate(stages) if stage.event in record["status_callback_events"]]

        async def form_of(number: int) -> tuple[str, Params]:
            place, stage = wanted[number]
            outcome = {}
            if stage.event == "completed":
                await is_over.wait()
                outcome = _outcome(magic, answered_by)
            form = _form(
                record,
                CallStatus=stage.status,
                CallbackSource="call-progress-events",
                Direction="outbound-api",
                SequenceNumber=str(place),
                Timestamp=stamp(int(self._journal.now())),
                **outcome,
            )
            return stage.status, form

        await self._reports.send(record, [stage.after for _, stage in wanted], form_of)


def _detected(record: Record, answered_by: str) -> str:
    """What the machine detection that was asked for can tell."""
    if not record["machine_detection"]:
        return ""
    if record["machine_detection"] == "Enable" and answered_by.startswith("machine_"):
        return "machine_start"
    return answered_by


def _outcome(magic: Magic, answered_by: str) -> dict[str, str]:
    duration = str(CALL_SECONDS if magic.call_status == "completed" else 0)
    return {"AnsweredBy": answered_by, "CallDuration": duration, "SipResponseCode": _SIP.get(magic.call_status, "")}


def _form(record: Record, **fields: str) -> Params:
    own = {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": API_VERSION,
        "CallSid": record["sid"],
        "Called": record["to"],
        "Caller": record["from"],
        "From": record["from"],
        "To": record["to"],
    }
    return [(name, value) for name, value in {**own, **fields}.items() if value]
