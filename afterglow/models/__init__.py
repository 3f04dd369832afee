"""What Afterglow remembers."""

from afterglow.models.messages import AddressFault, Attempt, Message, MessageEvent
from afterglow.models.people import Client, ClientFlag, Consent
from afterglow.models.plans import Plan, ProtocolVersion, Remark, Touch
from afterglow.models.practice import ClosedDay, Member, Outage, Practice, SenderAccount, Source
from afterglow.models.visits import ImportBatch, RawEvent, SavedMapping, ServiceRule, Treatment, Visit
from afterglow.models.work import Alarm, Concern, Heartbeat, Task

__all__ = [
    "AddressFault",
    "Alarm",
    "Attempt",
    "Client",
    "ClientFlag",
    "ClosedDay",
    "Concern",
    "Consent",
    "Heartbeat",
    "ImportBatch",
    "Member",
    "Message",
    "MessageEvent",
    "Outage",
    "Plan",
    "Practice",
    "ProtocolVersion",
    "RawEvent",
    "Remark",
    "SavedMapping",
    "SenderAccount",
    "ServiceRule",
    "Source",
    "Task",
    "Touch",
    "Treatment",
    "Visit",
]
