"""A client's phone, for whoever tries a practice out: look at what arrived, text back, say STOP, cause an outage."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from aiohttp import web

from afterglow.channels.gateway.account import ACCOUNT_SID, API_VERSION, POOL_NUMBER
from afterglow.channels.gateway.answers import json_answer
from afterglow.channels.gateway.hooks import Hooks, Params, Reply
from afterglow.channels.gateway.journal import Journal, Record
from afterglow.channels.gateway.manners import Manners
from afterglow.channels.gateway.page import page_of

PATH = "/stand-in/"
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
LONGEST_OUTAGE = 86_400

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


class Phone:
    def __init__(self, journal: Journal, hooks: Hooks, manners: Manners) -> None:
        self._journal, self._hooks, self._inbound_url = journal, hooks, manners.inbound_url

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """The page, or what came of a text or an outage."""
        if request.method == "GET" and request.path == PATH:
            return web.Response(text=page_of(self._journal), content_type="text/html")
        if request.method == "POST" and request.path == PATH + "texts":
            return _answer_for(request, await self._text(await _fields(request)))
        if request.method == "POST" and request.path == PATH + "outage":
            return self._outage(await _fields(request))
        return _wrong(404, f"There are GET {PATH}, POST {PATH}texts and POST {PATH}outage.")

    async def _text(self, fields: Mapping[str, str]) -> web.Response:
        number, body = fields.get("from", ""), fields.get("body", "")
        if not _NUMBER.fullmatch(number) or not body:
            return _wrong(400, "Give `from`, a number like +12025550143, and `body`.")
        last = next(iter(self._journal.texts.to(number)[::-1]), None)
        to = fields.get("to") or (last and last["from"]) or POOL_NUMBER
        self._mind_keyword(number, body)
        sid = self._journal.new_sid("SM")
        self._journal.note("inbound", kind="text", sid=sid, to=to, body=body, **{"from": number})
        if not self._inbound_url:
            return json_answer(200, {"sid": sid, "answer": None, "fault": "there is no --inbound-url to pass it on to"})
        reply = await self._hooks.post(self._inbound_url, _inbound_form(sid, number, to, body, last))
        self._note_reply(sid, number, reply)
        return json_answer(200, {"sid": sid, "answer": reply.status, "fault": reply.fault})

    def _mind_keyword(self, number: str, body: str) -> None:
        word = body.strip().upper()
        if word in STOP_WORDS and number not in self._journal.opted_out:
            self._journal.note("opted_out", number=number)
        elif word in START_WORDS and number in self._journal.opted_out:
            self._journal.note("opted_in", number=number)

    def _note_reply(self, sid: str, number: str, reply: Reply) -> None:
        self._journal.note(
            "callback", kind="inbound", sid=sid, token="", to=number, answer=reply.status, fault=reply.fault
        )

    def _outage(self, fields: Mapping[str, str]) -> web.Response:
        try:
            seconds = float(fields.get("seconds", ""))
        except ValueError:
            seconds = -1
        how = fields.get("how", "503")
        if not 0 <= seconds <= LONGEST_OUTAGE or how not in ("503", "drop"):
            return _wrong(400, "Give `seconds`, 0 to 86400, and if you like `how`: 503 or drop.")
        return json_answer(200, self._journal.note("outage", until=self._journal.now() + seconds, how=how))


async def _fields(request: web.BaseRequest) -> dict[str, str]:
    """A form or a JSON object, as words."""
    if request.content_type != "application/json":
        return {name: str(value) for name, value in (await request.post()).items()}
    try:
        given = json.loads(await request.read())
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}


def _inbound_form(sid: str, number: str, to: str, body: str, last: Record | None) -> Params:
    fields = {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": API_VERSION,
        "Body": body,
        "From": number,
        "FromCountry": "US",
        "MessageSid": sid,
        "MessagingServiceSid": last["messaging_service_sid"] if last else None,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": to,
        "ToCountry": "US",
    }
    return [(name, value) for name, value in fields.items() if value is not None]


def _answer_for(request: web.BaseRequest, response: web.Response) -> web.Response:
    """Whoever filled in the page's form is led back to the page."""
    if response.status != 200 or "text/html" not in request.headers.get("Accept", ""):
        return response
    return web.Response(status=303, headers={"Location": PATH})


def _wrong(status: int, message: str) -> web.Response:
    return json_answer(status, {"message": message})
