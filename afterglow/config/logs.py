"""Logs of one line: a fixed event word, then ids. Never a name, a number, a message or an address."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType
from typing import Any

_OURS = ("afterglow", "uvicorn")
_FRAMES = 6


def log(event: str, *, level: int = logging.INFO, error: BaseException | None = None, **ids: object) -> None:
    """Write `event key=value …`. Pass ids, counts, codes and durations only."""
    info = (type(error), error, error.__traceback__) if error else None
    logging.getLogger("afterglow").log(level, event, extra={"ids": ids}, exc_info=info)


class OneLine(logging.Formatter):
    """One line a record: moment, level, event, ids.

    The text of a library's record and the message of an exception may carry what a client wrote or the values of a row
    (the database quotes them), so they stay out: a library is named by its logger and its own event word, an exception
    by its type and the places it passed.
    """

    def format(self, record: logging.LogRecord) -> str:
        ids = {**_fields(record), **(_fault(record.exc_info) if record.exc_info else {})}
        pairs = "".join(f" {key}={_plain(value)}" for key, value in ids.items())
        return f"{self.formatTime(record)} {record.levelname.lower()} {_event(record)}{pairs}"

    default_time_format = "%Y-%m-%dT%H:%M:%S%z"
    default_msec_format = ""


def _event(record: logging.LogRecord) -> str:
    if _is_ours(record):
        return record.getMessage().replace("\n", " ")
    action = getattr(record, "action", None)
    return f"{record.name}.{action}" if action else record.name


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    if _is_ours(record):
        ids: dict[str, Any] = getattr(record, "ids", {})
        return ids
    job = getattr(record, "job", None)
    known = {
        "status": getattr(record, "status_code", None),
        "job": job.get("id") if isinstance(job, dict) else None,
        "task": job.get("task_name") if isinstance(job, dict) else None,
        "at": f"{record.module}:{record.lineno}",
    }
    return {key: value for key, value in known.items() if value is not None}


def _fault(
    info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
) -> dict[str, str]:
    error = info[1]
    if error is None:
        return {}
    chain = [error]
    while (below := chain[-1].__cause__ or chain[-1].__context__) and below not in chain:
        chain.append(below)
    frames = traceback.extract_tb(chain[-1].__traceback__)[-_FRAMES:] or traceback.extract_tb(info[2])[-_FRAMES:]
    fault = {
        "error": "<".join(type(link).__name__ for link in chain),
        "through": ">".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}:{frame.name}" for frame in frames),
    }
    constraint = getattr(getattr(chain[-1], "diag", None), "constraint_name", None)
    return fault | ({"constraint": constraint} if constraint else {})


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.split(".", 1)[0] in _OURS


def _plain(value: object) -> str:
    text = str(value).replace("\n", " ")
    return f'"{text}"' if " " in text else text
