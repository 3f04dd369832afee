"""Which state rules bind this practice's messages, and what its lists of numbers say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q
from django.db.models.functions import Substr

from afterglow.models import Client, NumberCheck, Practice
from afterglow.rules.facts import Recipient
from afterglow.rules.state_rule_words import SpokenRule, spoken_rules
from afterglow.rules.zones import TERRITORIES, area_code_of, may_be_anywhere, state_names, states_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHere:
    """A row of the table, and how many of the practice's clients may be in its state."""

    rule: SpokenRule
    clients: int
    is_own: bool  # of the practice's own state, or the federal one: binds every message


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOnFile:
    kind: str
    as_of_on: date
    compared: int
    answered_yes: int

    @property
    def name(self) -> str:
        return "Do-not-call list" if self.kind == NumberCheck.Kind.DO_NOT_CALL else "Reassigned numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingRules:
    here: Sequence[RuleHere]
    elsewhere: Sequence[RuleHere]
    unplaced: int  # clients whose number and address say nothing: every state's rule counts for them
    without_own: Sequence[str]  # states of clients that have no rule beyond the federal one
    lists: Sequence[ListOnFile]


def sending_rules(practice: Practice) -> SendingRules:
    """Two queries, however many clients there are."""
    clients, unplaced = _clients_by_state(practice)
    rows = [
        RuleHere(
            rule=rule,
            clients=clients[rule.state],
            is_own=rule.state in ("", practice.state),
        )
        for rule in spoken_rules()
    ]
    named = {row.rule.state for row in rows}
    return SendingRules(
        here=[row for row in rows if row.is_own or row.clients],
        elsewhere=[row for row in rows if not (row.is_own or row.clients)],
        unplaced=unplaced,
        without_own=sorted(
            state_names()[s] for s in {*clients, practice.state} if s in state_names() and s not in named
        ),
        lists=_lists(practice),
    )


def _clients_by_state(practice: Practice) -> tuple[Counter[str], int]:
    """By state how many clients may be there, by number or by address; and how many may be anywhere."""
    found: Counter[str] = Counter()
    unplaced = 0
    reachable = Client.objects.filter(practice=practice).exclude(phone="")
    places = reachable.values_list("state", Substr("phone", 1, 5)).order_by()
    for state, prefix, count in places.annotate(Count("pk")):
        recipient = Recipient(area_code=area_code_of(f"{prefix}0000000"), state=state or None)
        if may_be_anywhere(recipient):
            unplaced += count
            continue
        for one in states_of(recipient, practice_state="") - TERRITORIES:
            found[one] += count
    return found, unplaced


def _lists(practice: Practice) -> list[ListOnFile]:
    rows = NumberCheck.objects.filter(practice=practice).values("kind").order_by("kind")
    counted = rows.annotate(
        newest=Max("as_of_on"), compared=Count("pk"), yes=Count("pk", filter=Q(answer=NumberCheck.Answer.YES))
    )
    return [
        ListOnFile(kind=row["kind"], as_of_on=row["newest"], compared=row["compared"], answered_yes=row["yes"])
        for row in counted
    ]
