"""What Afterglow remembers."""

from afterglow.models.consents import (
    Consent,
    ConsentForm,
    ConsentRequest,
    ConsentText,
    Evidence,
    FormPost,
    LedgerEntry,
    LedgerHead,
    Look,
    SubjectKey,
)
from afterglow.models.limits import Blackout, NumberCheck, Retention
from afterglow.models.messages import AddressFault, Attempt, Message, MessageEvent, Notice
from afterglow.models.people import Client, ClientFlag
from afterglow.models.plans import Plan, ProtocolVersion, Remark, Touch
from afterglow.models.practice import ClosedDay, Member, Outage, Practice, SenderAccount, Source
from afterglow.models.programs import ApiCall, ApiToken
from afterglow.models.visits import ImportBatch, RawEvent, SavedMapping, ServiceRule, Treatment, Visit
from afterglow.models.work import Alarm, Concern, Heartbeat, Task

__all__ = [
    "AddressFault",
    "Alarm",
    "ApiCall",
    "ApiToken",
    "Attempt",
    "Blackout",
    "Client",
    "ClientFlag",
    "ClosedDay",
    "Concern",
    "Consent",
    "ConsentForm",
    "ConsentRequest",
    "ConsentText",
    "Evidence",
    "FormPost",
    "Heartbeat",
    "ImportBatch",
    "LedgerEntry",
    "LedgerHead",
    "Look",
    "Member",
    "Message",
    "MessageEvent",
    "Notice",
    "NumberCheck",
    "Outage",
    "Plan",
    "Practice",
    "ProtocolVersion",
    "RawEvent",
    "Remark",
    "Retention",
    "SavedMapping",
    "SenderAccount",
    "ServiceRule",
    "Source",
    "SubjectKey",
    "Task",
    "Touch",
    "Treatment",
    "Visit",
]
