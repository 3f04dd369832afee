"""The HTML part of an e-mail: the same words as its text part, calm on any screen, bright or dark."""

from __future__ import annotations

import re
from html import escape

from afterglow.rules.facts import PracticeFacts


def as_html(text: str, *, practice: PracticeFacts, subject: str = "") -> str:
    """A complete HTML page for a plain e-mail text. Everything is escaped; only http(s) addresses become links.

    A paragraph that is one sentence and an address ("Choose your time: https://…") becomes a button. What follows a
    line of two dashes is the footer; the practice's name and postal address are added there when the text has none.
    """
    body, _, footer = text.strip().partition("\n--\n")
    return _PAGE.format(
        title=escape(subject or practice.name),
        practice=escape(practice.name),
        body="\n".join(_paragraph(block) for block in _blocks(body)),
        footer="<br>".join(_linked(line) for line in _footer_lines(footer, practice)),
    )


def _blocks(body: str) -> list[str]:
    return [block.strip() for block in re.split(r"\n\s*\n", body) if block.strip()]


def _paragraph(block: str) -> str:
    if call := _CALL_TO_ACTION.fullmatch(block):
        return _BUTTON.format(address=escape(call["address"]), label=escape(call["label"]))
    lines = block.split("\n")
    if all(line.startswith("- ") for line in lines):
        return _LIST.format(items="".join(f"<li>{_linked(line[2:])}</li>" for line in lines))
    return _TEXT.format(text="<br>".join(_linked(line) for line in lines))


def _linked(line: str) -> str:
    """The line escaped, with its web addresses made into links."""
    pieces = []
    end = 0
    for found in _ADDRESS.finditer(line):
        address = escape(found[0])
        pieces += [escape(line[end : found.start()]), _LINK.format(address=address)]
        end = found.end()
    return "".join(pieces) + escape(line[end:])


def _footer_lines(footer: str, practice: PracticeFacts) -> list[str]:
    lines = [line.strip() for line in footer.split("\n") if line.strip()]
    sender = (practice.name, " ".join(practice.address.split()))
    return [line for line in sender if line and line not in lines] + lines


_ADDRESS = re.compile(r"""https?://[^\s<>"']*[^\s<>"'.,;:!?)]""")
_CALL_TO_ACTION = re.compile(rf"(?P<label>[^:\n]{{3,40}}): (?P<address>{_ADDRESS.pattern})")

_TEXT = '<p style="margin:0 0 16px">{text}</p>'
_LIST = '<ul style="margin:0 0 16px;padding-left:20px">{items}</ul>'
_LINK = '<a class="link" href="{address}" style="color:#5b3a99">{address}</a>'
_BUTTON = (
    '<p style="margin:8px 0 24px"><a class="button" href="{address}" style="display:inline-block;padding:12px 20px;'
    'border-radius:8px;background:#5b3a99;color:#ffffff;font-weight:600;text-decoration:none">{label}</a></p>'
)
# Mail programs know little CSS: the look is inline, and only the dark colours need a style sheet to override it.
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
  .page {{ background: #1b1a20 !important; }}
  .card {{ background: #26242d !important; color: #efedf3 !important; border-color: #3d3a47 !important; }}
  .name {{ color: #d3bdf5 !important; }}
  .link {{ color: #d3bdf5 !important; }}
  .button {{ background: #c9aef2 !important; color: #241a35 !important; }}
  .footer {{ color: #b9b5c4 !important; }}
}}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f7f5f2">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f7f5f2">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px">
<tr><td class="card" style="padding:28px 28px 12px;background:#ffffff;color:#2c2833;border:1px solid #e6e1dc;\
border-radius:12px;font:400 16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<p class="name" style="margin:0 0 20px;font-weight:650;color:#5b3a99">{practice}</p>
{body}
</td></tr>
<tr><td class="footer" style="padding:16px 28px;color:#6b6574;\
font:400 13px/1.6 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
{footer}
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"""
