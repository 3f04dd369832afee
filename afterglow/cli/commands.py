"""Every command by its name. A command's module is loaded when it is called, so that pure ones need no database."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module

import django
import typer

from afterglow.config.env import WrongSetting
from afterglow.config.memory import settle_memory


@dataclass(frozen=True, slots=True)
class Entry:
    module: str
    help: str
    needs_django: bool = True
    is_apart: bool = False  # works on a database of its own, whatever else is configured


COMMANDS = {
    "demo": Entry("demo", "A synthetic practice, played up to today, in your browser.", is_apart=True),
    "up": Entry("serve", "Run Afterglow: web, worker and database."),
    "open-practice": Entry("practice", "Open a practice and its first owner."),
    "set-sender": Entry("sender", "Set the account that a channel is sent from."),
    "api-token": Entry("api_token", "Which programs may use the API."),
    "import": Entry("importing", "Import a CSV or XLSX file of visits."),
    "approve-history": Entry("history", "Plan what is still ahead for imported old visits."),
    "ledger": Entry("ledger", "Whether the proof of the consents is as it was written."),
    "doctor": Entry("doctor", "What is configured, what is missing, is it alive."),
    "proof": Entry("proof", "Why a message was allowed, or a period's proofs for counsel."),
    "export-client": Entry("export", "Everything that is kept about one client, as a ZIP file."),
    "erase-client": Entry("erasing", "Erase a client: names, numbers and words go for good."),
    "retention": Entry("retention", "How long records are kept; let go of what is older."),
    "blackout": Entry("blackout", "Bans by decree, such as a state of emergency: add, end, list."),
    "check-numbers": Entry("check_numbers", "Compare phone numbers with a do-not-call list, or see who has new ones."),
    "watch": Entry("watch", "Tell the owner when something stops; `up` does it too."),
    "match": Entry("match", "What the catalog makes of a service name.", needs_django=False),
    "simulate": Entry("simulate", "Every message a file of visits or scenarios would lead to.", needs_django=False),
    "test-protocols": Entry("trying", "Run scenarios against the protocols.", needs_django=False),
    "check-protocol": Entry("check_protocol", "Read a protocol file and name every fault in it.", needs_django=False),
    "lint": Entry("lint", "Check message texts: carriers, law, privacy and tone.", needs_django=False),
    "gateway": Entry("gateway", "A local stand-in for the text provider.", needs_django=False),
}


def main() -> None:
    """The `afterglow` program."""
    name, *arguments = sys.argv[1:] or ["--help"]
    if name in ("--help", "-h", "help"):
        sys.stdout.write(_overview())
        return
    if name not in COMMANDS:
        sys.stderr.write(f"afterglow: there is no command “{name}”.{_suggestion(name)} See: afterglow --help\n")
        sys.exit(2)
    try:
        _load(COMMANDS[name])(args=arguments, prog_name=f"afterglow {name}")
    except WrongSetting as wrong:
        sys.stderr.write(f"{wrong}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _load(entry: Entry) -> typer.Typer:
    if entry.is_apart:
        os.environ["AFTERGLOW_DATA"] = os.path.join(os.environ.get("AFTERGLOW_DATA", ".afterglow"), "demo")
        os.environ.pop("DATABASE_URL", None)
    if entry.needs_django:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "afterglow.config.settings")
        django.setup()
    command: typer.Typer = import_module(f"afterglow.cli.{entry.module}").command
    settle_memory()
    return command


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = (f"  {name:{width}}  {entry.help}" for name, entry in COMMANDS.items())
    return "Post-treatment follow-up for med spas.\n\nUse: afterglow COMMAND [--help]\n\n" + "\n".join(lines) + "\n"


def _suggestion(name: str) -> str:
    close = get_close_matches(name, COMMANDS, n=1)
    return f" Did you mean “{close[0]}”?" if close else ""
