"""Child processes that are kept running: a dead one is named and started again, later each time it dies young."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

_YOUNG_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 30.0


@dataclass(slots=True, kw_only=True)
class Child:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    pass_fds: Sequence[int] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started_at: float = field(default=0.0, init=False)
    _pause: float = field(default=0.0, init=False)
    _start_again_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches the parent, which stops its children in order."""
        self._process = subprocess.Popen(
            self.command,
            env=self.environment,
            pass_fds=self.pass_fds,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self._started_at = time.monotonic()

    def look_after(self) -> str | None:
        """Start it again if it died and its pause is over; a sentence when it has just been found dead."""
        if self._process is None:
            if time.monotonic() >= self._start_again_at:
                self.start()
            return None
        code = self._process.poll()
        if code is None:
            return None
        is_young = time.monotonic() - self._started_at < _YOUNG_SECONDS
        self._pause = min(max(2 * self._pause, 0.5), _LONGEST_PAUSE_SECONDS) if is_young else 0.5
        self._start_again_at = time.monotonic() + self._pause
        self._let_go()
        return f"{self.name} ended ({_how(code)}); starting it again in {self._pause:g} s"

    def stop(self, *, within: float) -> None:
        """Ask it to finish; end it if it has not finished in time."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process = None


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"
