"""Texts through Telnyx's Messaging API.

Sources: https://developers.telnyx.com/api-reference/messages/send-a-message, …/detail-records/search-detail-records and
https://developers.telnyx.com/docs/messaging/messages/rate-limiting. Telnyx can plan a text (`send_at`), but a request
cannot say until when it may wait in the queue: there is no expiry. Its `Idempotency-Key` is undocumented, so it is sent
and never relied on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import urlencode

from yarl import URL

from afterglow.channels.config_check import POSITIVE_NUMBER, UUID, Key, address_key, checked, has_private_address
from afterglow.channels.contract import (
    Accepted,
    CannotTell,
    Capabilities,
    Found,
    LookUp,
    Outcome,
    OutgoingMessage,
    Unknown,
)
from afterglow.channels.errors import EXPIRED, is_over, refused
from afterglow.channels.errors_telnyx import TELNYX_IN_DOUBT, telnyx_code, telnyx_kind
from afterglow.channels.http_account import FAULTS, HttpAccount, Reply, call_back_at, slow_down
from afterglow.channels.receipts import token_in
from afterglow.channels.texting_numbers import FROM_NUMBER, is_short_code, is_toll_free
from afterglow.rules.facts import Channel

KEYS = (
    Key(
        name="api_key",
        meaning="an API key of the Telnyx account",
        pattern=r"[!-~]+",
        example="KEY0123456789ABCDEF0123456789ABCDEF_example",
        is_secret=True,
    ),
    Key(
        name="public_key",
        meaning="the account's public key, 44 characters ending in =; it proves what Telnyx sends us",
        pattern=r"[A-Za-z0-9+/]{43}=",
        example="11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    ),
    FROM_NUMBER,
    Key(
        name="messaging_profile_id",
        meaning="the id of a messaging profile, five groups of letters and digits",
        pattern=UUID,
        example="4000eba1-a0c0-4563-9925-b25e842a7cb6",
        is_required=False,
    ),
    Key(
        name="segments_per_second",
        meaning="how many texts of one part may leave in a second; left empty, what is usual for the kind of number",
        pattern=POSITIVE_NUMBER,
        example="3.75",
        is_required=False,
    ),
    address_key("Telnyx", "https://api.telnyx.com"),
)

# Per second. Telnyx lets toll-free numbers send 20 and a whole account 50. A US long code has the rate of its 10DLC
# campaign, 3.75 for a low-volume one.
TOLL_FREE, ACCOUNT, LONG_CODE = 20.0, 50.0, 3.75
MOST_PAGES = 5


def from_config(config: Mapping[str, str], callbacks: str = "") -> TelnyxSender:
    """A sender for one account; raises ConfigFault with everything that is missing or wrong."""
    return TelnyxSender(checked(config, keys=KEYS, rules=(_has_sender, has_private_address)), callbacks)


class TelnyxSender(HttpAccount):
    """A Telnyx account. What is in doubt is proven by the token in the address at which Telnyx reports."""

    def __init__(self, settings: Mapping[str, str], callbacks: str) -> None:
        super().__init__(
            headers={
                "Authorization": f"Bearer {settings['api_key']}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            }
        )
        self.capabilities = Capabilities(
            channel=Channel.SMS,
            has_look_up=bool(callbacks),
            has_callbacks=bool(callbacks),
            has_media=True,
            per_second=_pace(settings),
        )
        self._address = settings["address"].rstrip("/")
        self._callbacks = callbacks
        self._sender = {
            field: settings[name]
            for field, name in (("from", "from_number"), ("messaging_profile_id", "messaging_profile_id"))
            if settings[name]
        }

    async def send(self, message: OutgoingMessage) -> Outcome:
        """What Telnyx answered. In doubt (a timeout, a broken line, a server error) the answer is Unknown."""
        if is_over(message):
            return EXPIRED
        reply = await self._post(
            URL(f"{self._address}/v2/messages"), self.body(message), headers={"Idempotency-Key": message.token}
        )
        return _outcome(reply) if isinstance(reply, Reply) else reply

    def body(self, message: OutgoingMessage) -> bytes:
        """The request's JSON."""
        fields: dict[str, object] = {"to": message.to, **self._sender}
        if message.text:
            fields["text"] = message.text
        if message.media:
            fields["media_urls"] = list(message.media)
        if self._callbacks:
            fields["webhook_url"] = call_back_at(self._callbacks, "status", message.token)
            fields["use_profile_webhooks"] = False
        return json.dumps(fields).encode("ascii")

    async def look_up(self, message: OutgoingMessage, *, but_not: frozenset[str] = frozenset()) -> LookUp:
        """Found when a detail record of this number has our token in its report address, else CannotTell.

        Never Absent: a text that still waits in Telnyx's queue has no record yet.
        """
        if not self._callbacks:
            return CannotTell("without a public address of ours Telnyx knows nothing of our id")
        try:
            for page in range(1, MOST_PAGES + 1):
                listed = await self._get(self._records(message, page))
                for record in listed["data"]:
                    if record["uuid"] not in but_not and _is_about(record, message.token):
                        return Found(record["uuid"])
                if page >= listed["meta"]["total_pages"]:
                    break
        except FAULTS as fault:
            # Only the kind of fault: its words may hold the address we asked for.
            return CannotTell(type(fault).__name__)
        return CannotTell("Telnyx has no record of it yet")

    def _records(self, message: OutgoingMessage, page: int) -> URL:
        yesterday = (message.created_at.astimezone(UTC) - timedelta(days=1)).date()
        query = urlencode(
            {
                "filter[record_type]": "messaging",
                "filter[direction]": "outbound",
                "filter[cld][contains]": message.to.lstrip("+"),
                "filter[created_at][gte]": yesterday.isoformat(),
                "page[number]": page,
                "page[size]": 50,
            }
        )
        return URL(f"{self._address}/v2/detail_records?{query}", encoded=True)


def _has_sender(settings: Mapping[str, str]) -> Iterable[str]:
    if not settings["from_number"] and not settings["messaging_profile_id"]:
        yield "A text needs a sender: give from_number or messaging_profile_id."


def _pace(settings: Mapping[str, str]) -> float:
    number = settings["from_number"]
    if settings["segments_per_second"]:
        return float(settings["segments_per_second"])
    if is_toll_free(number):
        return TOLL_FREE
    return ACCOUNT if is_short_code(number) else LONG_CODE


def _outcome(reply: Reply) -> Outcome:
    answer = reply.object
    if reply.is_taken:
        data = answer.get("data")
        found = data.get("id") if isinstance(data, dict) else None
        return Accepted(found) if isinstance(found, str) and found else Unknown(f"unreadable answer to {reply.status}")
    error = _first_error(answer)
    code = telnyx_code(error)
    if code in TELNYX_IN_DOUBT:
        return Unknown(f"code {code}")
    kind = "rate" if reply.status == 429 else telnyx_kind(error) or "configuration"
    if kind == "rate":
        # Telnyx documents a header of its own, which counts in seconds.
        pause = "Retry-After" if "Retry-After" in reply.headers else "x-ratelimit-reset"
        return slow_down(reply.headers, code=str(code or reply.status), pause_header=pause)
    return refused(kind, str(code or reply.status), str(error.get("detail") or error.get("title") or ""))


def _first_error(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    errors = answer.get("errors")
    return errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}


def _is_about(record: Mapping[str, Any], token: str) -> bool:
    address = record.get("delivery_status_webhook_url")
    return isinstance(address, str) and token_in(address) == token
