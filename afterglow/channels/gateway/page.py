"""A person's view of the stand-in: a plain page with what was accepted, newest first."""

from __future__ import annotations

from html import escape

from afterglow.channels.gateway.answers import stamp
from afterglow.channels.gateway.journal import Journal, Record

MOST_SHOWN = 200

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-block: 1.5rem; }
caption { text-align: start; font-weight: 600; padding-block: .5rem; }
th, td { text-align: start; vertical-align: top; padding: .4rem .8rem .4rem 0; border-block-start: 1px solid #8886; }
td:first-child, td:nth-child(2) { white-space: nowrap; }
form { display: flex; flex-wrap: wrap; gap: .8rem; align-items: end; }
label { display: grid; } input, button { font: inherit; padding: .3rem .5rem; }
"""


def page_of(journal: Journal) -> str:
    """The whole page. It works without JavaScript; reload it to see what is new."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stand-in provider</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Stand-in provider</h1>
<p>Nothing here has left this machine. {_outage(journal)}</p>
<form method="post" action="/stand-in/texts">
<label>Text as the client <input name="from" type="tel" required placeholder="+12025550143"></label>
<label>Message <input name="body" required placeholder="STOP"></label>
<button>Send to the practice</button>
</form>
{_table(journal)}
{_opted_out(journal)}
</body>
</html>
"""


def _outage(journal: Journal) -> str:
    if not journal.is_down():
        return "It is up."
    return f"<strong>It is out of order until {stamp(int(journal.outage['until']))}.</strong>"


def _table(journal: Journal) -> str:
    accepted = journal.texts.all() + journal.calls.all()
    shown = sorted(accepted, key=lambda record: float(record["at"]), reverse=True)[:MOST_SHOWN]
    if not shown:
        return "<p>It has accepted nothing yet.</p>"
    rows = "\n".join(_row(journal, record) for record in shown)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Accepted", "To", "What", "Status"))
    caption = f"{len(accepted):,} accepted" + (f", the last {MOST_SHOWN} shown" if len(accepted) > MOST_SHOWN else "")
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _row(journal: Journal, record: Record) -> str:
    moved = journal.progress.get(record["sid"])
    code = f" ({moved['code']})" if moved and moved.get("code") else ""
    what = "Phone call" if record["kind"] == "call" else record["body"]
    cells = (record["date_created"], record["to"], what, journal.status_of(record) + code)
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"


def _opted_out(journal: Journal) -> str:
    if not journal.opted_out:
        return ""
    return f"<p>Opted out: {escape(', '.join(sorted(journal.opted_out)))}</p>"
