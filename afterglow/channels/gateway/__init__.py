"""A stand-in for a text and phone provider on this machine: it speaks Twilio's API and reaches nobody.

`python -m afterglow.channels.gateway --port 0 --log FILE --latency-ms 50` prints its address as JSON. Everything it
accepts is a line of its log; what goes wrong on the way is up to its `Manners`.
"""

from afterglow.channels.gateway.account import ACCOUNT_SID, AUTH_TOKEN
from afterglow.channels.gateway.journal import Record, read_log
from afterglow.channels.gateway.manners import Manners
from afterglow.channels.gateway.program import main, run_loop, serve
from afterglow.channels.gateway.server import Gateway

__all__ = ["ACCOUNT_SID", "AUTH_TOKEN", "Gateway", "Manners", "Record", "main", "read_log", "run_loop", "serve"]
