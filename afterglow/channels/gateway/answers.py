"""Answers in the vendor's shape, and the lists of what was accepted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from afterglow.channels.gateway.account import API
from afterglow.channels.gateway.faults import Fault
from afterglow.channels.gateway.journal import Record, Shelf

LARGEST_PAGE = 1000
NOT_FOUND = Fault(404, 20404, "The requested resource was not found")
STRANGER = Fault(401, 20003, "Authenticate")
BROKEN = Fault(500, 20500, "Internal server error")
DOWN = Fault(503, 20503, "Service unavailable")
_FILTERS = frozenset({"To", "From", "PageSize", "Page"})


def json_answer(status: int, answer: Any) -> web.Response:
    return web.Response(body=json.dumps(answer).encode(), status=status, content_type="application/json")


def refusal(fault: Fault) -> web.Response:
    more = f"https://www.twilio.com/docs/errors/{fault.code}"
    answer = {"code": fault.code, "message": fault.message, "more_info": more, "status": fault.status}
    response = json_answer(fault.status, answer)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def too_many(seconds: int) -> Fault:
    return Fault(429, 20429, "Too Many Requests", retry_after=seconds)


@lru_cache(maxsize=4)
def stamp(second: int) -> str:
    """A moment as the API writes it."""
    return formatdate(second).replace("-0000", "+0000")


@dataclass(frozen=True, slots=True)
class Collection:
    """The accepted texts, or calls, at their address in the API."""

    name: str  # messages or calls
    shelf: Shelf
    show: Callable[[Record], Record]

    @property
    def path(self) -> str:
        return f"{API}/{self.name.title()}"

    def page(self, query: Mapping[str, str]) -> web.Response:
        """One page of the list, newest first."""
        if not query.keys() <= _FILTERS:
            return refusal(Fault(400, 20001, f"This stand-in filters by {', '.join(sorted(_FILTERS))} only"))
        size, page = min(int(query.get("PageSize", "50")), LARGEST_PAGE), int(query.get("Page", "0"))
        found = self.shelf.to(query["To"]) if "To" in query else self.shelf.all()
        if "From" in query:
            found = [record for record in found if record["from"] == query["From"]]
        has_more = len(found) > (page + 1) * size
        following = urlencode({**query, "PageSize": size, "Page": page + 1})
        answer = {
            self.name: [self.show(record) for record in found[::-1][page * size : (page + 1) * size]],
            "next_page_uri": f"{self.path}.json?{following}" if has_more else None,
            "page": page,
            "page_size": size,
        }
        return json_answer(200, answer)

    def one(self, path: str) -> web.Response:
        """The one at this address."""
        record = self.shelf.by_sid.get(path.removeprefix(self.path + "/").removesuffix(".json"))
        return refusal(NOT_FOUND) if record is None else json_answer(200, self.show(record))
