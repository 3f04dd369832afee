"""From the TOML text a clinician reviews to a Protocol, or every fault in it at once.

Lines of a text message and of a voice script are one paragraph, however they are broken in the file; an e-mail keeps
its lines. "staff_task" as the last channel asks a person to do the step when no other way is open.
"""

from __future__ import annotations

import re
import tomllib

from afterglow.rules.facts import Channel, Function, Offset, Purpose
from afterglow.rules.protocol import Anchor, Conditions, Late, Meta, Protocol, Step, Template
from afterglow.rules.protocol_lint import lint_protocol
from afterglow.rules.source_lines import SourceLines
from afterglow.rules.table_reader import Fault, TableReader
from afterglow.rules.vocabulary import AREAS, BRANDS, FAMILIES
from afterglow.rules.wording import faults_of

__all__ = ["Fault", "ProtocolFaults", "check_protocol", "parse_protocol"]


class ProtocolFaults(Exception):
    """The text is no protocol yet. `faults` holds everything to correct, in the order of the file."""

    def __init__(self, faults: tuple[Fault, ...], *, name: str = "") -> None:
        self.faults = faults
        self.name = name
        super().__init__("\n".join(f"{name}: {fault}" if name else str(fault) for fault in faults))


def parse_protocol(text: str, *, name: str = "") -> Protocol:
    """The protocol this text describes. ProtocolFaults with every fault; `name` says which file in its message."""
    protocol, faults = _read(text)
    faults = tuple(fault for fault in faults if not fault.is_warning)
    if protocol is None or faults:
        raise ProtocolFaults(faults, name=name)
    return protocol


def check_protocol(text: str) -> tuple[Fault, ...]:
    """Faults and warnings of a text, in the order of the file. Empty when there is nothing to say.

    A protocol is checked when it is written; then its messages are checked too. What was accepted once is only read.
    """
    protocol, faults = _read(text)
    if protocol is None or any(not fault.is_warning for fault in faults):
        return faults
    return tuple(sorted((*faults, *lint_protocol(protocol, text)), key=lambda fault: fault.line))


def _read(text: str) -> tuple[Protocol | None, tuple[Fault, ...]]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, (_syntax_fault(str(error), text),)
    faults: list[Fault] = []
    protocol = _protocol(TableReader(table, path=(), lines=SourceLines(text), faults=faults))
    return protocol, tuple(sorted(faults, key=lambda fault: fault.line))


def _syntax_fault(message: str, text: str) -> Fault:
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
    line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
    plain = message[: place.start()] if place else message
    return Fault(line, f"the file cannot be read from here on: {plain[:1].lower()}{plain[1:]}")


def _protocol(table: TableReader) -> Protocol:
    draft = table.text("draft")
    protocol = Protocol(
        key=table.identifier("key"),
        title=table.text("title", is_required=True),
        treatment_class=table.identifier("class"),
        families=frozenset(table.words("families", FAMILIES)),
        brands=frozenset(table.words("brands", BRANDS)),
        areas=frozenset(table.words("areas", AREAS)),
        is_default_area=table.flag("default_area"),
        is_per_area=table.flag("per_area"),
        is_on=table.flag("on", default=not draft),
        is_draft=bool(draft),
        draft_note=draft,
        source=" ".join(table.text("source").split()),
        duration_text=table.text("duration"),
        touch_up_within_days=table.days("touch_up_within"),
        check_in_rank=table.number("check_in_rank", default=50),
        stops_classes=frozenset(table.identifiers("stops")),
        task_on_visit=" ".join(table.text("task_on_visit").split()),
        has_area_task=table.flag("ask_area"),
        steps=_steps(table),
    )
    _check(protocol, table)
    table.close()
    return protocol


def _check(protocol: Protocol, table: TableReader) -> None:
    if "families" not in table:
        table.fault('"families" is missing: say which treatments this is for')
    if protocol.is_draft and protocol.is_on:
        table.fault('a draft cannot be on: delete the line "draft" once the medical director has signed', key="on")
    functions = {step.function for step in protocol.steps}
    if len(functions) == 1:
        table.fault(f"every step is a {functions.pop()}: one message alone is no follow-up", is_warning=True)
    by_email = [step.channels == (Channel.EMAIL,) for step in protocol.steps if step.function is Function.REBOOK]
    if by_email and all(by_email):
        table.fault("rebooking goes by e-mail only, which few people read in time: add a text", is_warning=True)


def _steps(table: TableReader) -> tuple[Step, ...]:
    seen: set[str] = set()
    steps = []
    for entry in table.tables("steps"):
        step = _step(entry)
        if step.key in seen:
            entry.fault(f'there is already a step with the key "{step.key}"', key="key")
        seen.add(step.key)
        steps.append((entry, step))
    can_rebook = any(step.function is Function.REBOOK and step.anchor is Anchor.VISIT for _, step in steps)
    for entry, step in steps:
        if step.anchor is not Anchor.VISIT and not can_rebook:
            entry.fault(f'"{step.anchor}" needs a rebook step that counts from the visit', key="anchor")
    return tuple(step for _, step in steps)


def _step(table: TableReader) -> Step:
    function = _FUNCTIONS[table.word("function", _FUNCTIONS, default="check_in", is_required=True)]
    send_after, valid_for = table.offset("send_at"), table.offset("valid_until")
    funded_by = " ".join(table.text("funded_by").split())
    channels = table.words("channels", list(Channel))
    step = Step(
        key=table.identifier("key"),
        function=function,
        purpose=_purpose(table, function, funded_by),
        anchor=Anchor(table.word("anchor", list(Anchor), default="visit")),
        send_after=send_after or _NO_OFFSET,
        valid_for=valid_for or _NO_OFFSET,
        at=table.clock("at"),
        late=Late(table.word("late", list(Late), default="send")),
        channels=tuple(Channel(c) for c in channels if c != Channel.STAFF_TASK),
        together=tuple(Channel(c) for c in table.words("together", _MESSAGE_CHANNELS)),
        has_task_fallback=Channel.STAFF_TASK in channels,
        is_optional=table.flag("optional"),
        funded_by=funded_by,
        is_derived=table.flag("derived"),
        conditions=_conditions(table.table("when")),
        claims=_claims(table.table("claims")),
        templates=_templates(table),
    )
    if send_after and valid_for and _ends(valid_for) < _begins(send_after):
        table.fault(f'"valid_until" ({valid_for}) is before "send_at" ({send_after})', key="valid_until")
    if step.at and send_after and send_after.unit == "hours":
        table.fault('a step counted in hours has its own time: delete "at"', key="at")
    _check_channels(step, channels, table)
    table.close()
    return step


def _purpose(table: TableReader, function: Function, funded_by: str) -> Purpose:
    """Marketing steps need marketing consent, whatever the file says; a care step may ask for more.

    What a third party pays for is marketing (45 CFR 164.501), and needs the client's authorisation besides.
    """
    least = Purpose.MARKETING if funded_by else function.purpose
    purpose = Purpose(table.word("purpose", (Purpose.CARE, Purpose.MARKETING), default=least))
    if purpose is Purpose.CARE and function.purpose is Purpose.MARKETING:
        table.fault(f"a {function} message is marketing: it cannot be sent on care consent", key="purpose")
    elif purpose is Purpose.CARE and funded_by:
        table.fault(f"{funded_by} pays for it, so it is marketing: it cannot be sent on care consent", key="purpose")
    if funded_by:
        table.fault(
            f"{funded_by} pays for this step: it goes only to clients who have signed an authorisation for that, "
            "besides their consent to marketing",
            key="funded_by",
            is_warning=True,
        )
    return purpose


def _conditions(table: TableReader | None) -> Conditions:
    if table is None:
        return Conditions()
    conditions = Conditions(
        brands=frozenset(table.words("brands", BRANDS)),
        areas=frozenset(table.words("areas", AREAS)),
        series=table.word("series", ("unfinished", "finished", "none")),
        value=table.word("value", ("high", "standard")),
        is_first_visit=table.flag("first_visit") if "first_visit" in table else None,
        minimum_amount=table.amount("minimum_amount"),
    )
    table.close()
    return conditions


def _claims(table: TableReader | None) -> Meta:
    if table is None:
        return Meta()
    claims = Meta(sources=table.texts("sources"), approved_by=table.text("approved_by", is_required=True))
    table.close()
    return claims


def _templates(table: TableReader) -> dict[Channel, Template]:
    templates = {}
    for channel in (Channel.SMS, Channel.VOICE):
        if text := _text(table, channel):
            templates[channel] = Template(body=" ".join(text.split()))
    if email := table.table("email"):
        subject = _text(email, "subject", is_required=True)
        templates[Channel.EMAIL] = Template(body=_text(email, "text", is_required=True).strip(), subject=subject)
        email.close()
    return templates


def _text(table: TableReader, key: str, *, is_required: bool = False) -> str:
    text = table.text(key, is_required=is_required)
    for fault in faults_of(text):
        table.fault_in_text(key, line=fault.line, message=fault.message)
    return text


def _check_channels(step: Step, named: tuple[str, ...], table: TableReader) -> None:
    if "channels" not in table:
        table.fault('"channels" is missing: say how the message travels, for example ["sms", "email"]')
    if Channel.STAFF_TASK in named[:-1]:
        table.fault('"staff_task" is the last resort: it must stand last', key="channels")
    if len(set(named)) < len(named):
        table.fault("a channel is named twice", key="channels")
    used = dict.fromkeys((*step.channels, *step.together))
    for channel in used:
        if channel not in step.templates:
            table.fault(f'the step "{step.key}" sends {_SAID[channel]}, but has no "{channel}" text')
    for channel in step.templates.keys() - used.keys():
        table.fault(f'this text is never used: add "{channel}" to "channels"', key=channel, is_warning=True)


def _begins(offset: Offset) -> int:
    return offset.amount * _HOURS[offset.unit]


def _ends(offset: Offset) -> int:
    """Days and months last until the end of their day."""
    return _begins(offset) + (0 if offset.unit == "hours" else 23)


_NO_OFFSET = Offset(amount=0, unit="days")
_HOURS = {"hours": 1, "days": 24, "months": 730}
_FUNCTIONS: dict[str, Function] = {**{function.value: function for function in Function}, "nurture": Function.RESULTS}
_MESSAGE_CHANNELS = (Channel.SMS, Channel.EMAIL, Channel.VOICE)
_SAID = {Channel.SMS: "a text", Channel.EMAIL: "an e-mail", Channel.VOICE: "a call", Channel.STAFF_TASK: "a task"}
