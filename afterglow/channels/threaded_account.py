"""What accounts share whose library waits: a few threads of their own, and connections that stay open in between."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Self, TypeVar

from afterglow.channels.contract import LookUp, Outcome, OutgoingMessage

Connection = TypeVar("Connection")
Answer = TypeVar("Answer", Outcome, LookUp)


class ThreadedAccount(ABC, Generic[Connection]):
    """An account with as many connections as threads. They stay open while messages keep coming."""

    def __init__(self, *, name: str, connections: int) -> None:
        self._name, self._connections = name, connections
        self._idle: list[Connection] = []
        self._threads: ThreadPoolExecutor | None = None

    async def __aenter__(self) -> Self:
        self._threads = ThreadPoolExecutor(self._connections, thread_name_prefix=self._name)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.to_thread(self._close)

    async def _in_thread(self, call: Callable[[OutgoingMessage], Answer], message: OutgoingMessage) -> Answer:
        if self._threads is None:
            raise RuntimeError("use the sender inside `async with`")
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, message)

    def _connection(self) -> Connection:
        """One that nobody uses, else a new one. Whoever is done with it puts it among the idle."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._new_connection()

    def _close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown()
        while self._idle:
            self._hang_up(self._idle.pop())

    @abstractmethod
    def _new_connection(self) -> Connection: ...

    @abstractmethod
    def _hang_up(self, connection: Connection) -> None: ...
