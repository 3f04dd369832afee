"""The queues that a worker takes jobs from, each on threads of its own."""

from __future__ import annotations

PRACTICES = "default"
CLOCK = "clock"  # what must happen on time, however much there is to do
HEARING = "hearing"  # what clients wrote: read at once, in the middle of a batch too
