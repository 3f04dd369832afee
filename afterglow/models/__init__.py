"""What Afterglow remembers."""

from afterglow.models.messages import Attempt, Message
from afterglow.models.people import Client, ClientFlag, Consent
from afterglow.models.plans import Plan, ProtocolVersion, Remark, Touch
from afterglow.models.practice import ClosedDay, Member, Practice, SenderAccount, Source
from afterglow.models.visits import ImportBatch, RawEvent, SavedMapping, ServiceRule, Treatment, Visit
from afterglow.models.work import Concern, Heartbeat, Task

__all__ = [
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
