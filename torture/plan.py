"""How large an experiment is, and how rough."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`seconds` is the time over which the touches fall due; `chaos` the share of calls that the provider disturbs."""

    touches: int
    kills: int
    workers: int
    practices: int
    seconds: int
    chaos: float
    latency_ms: int
    seed: int
