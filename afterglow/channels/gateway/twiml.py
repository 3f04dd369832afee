"""What a caller would hear: instructions for a phone call, read as the vendor reads them."""

from __future__ import annotations

from xml.etree import ElementTree


class UnreadableTwiml(ValueError):
    """Not a document of instructions; the vendor hangs up with error 12100."""


def heard_in(twiml: str) -> list[dict[str, str]]:
    """Every instruction up to the end of the call, like {"verb": "Say", "text": …, "voice": …}."""
    try:
        root = ElementTree.fromstring(twiml)  # noqa: S314 - from the practice that tries us, on its own machine
    except ElementTree.ParseError as fault:
        raise UnreadableTwiml(str(fault)) from fault
    if root.tag != "Response":
        raise UnreadableTwiml("the document is no Response")
    heard = []
    for verb in root:
        heard.append({"verb": verb.tag, "text": (verb.text or "").strip(), **verb.attrib})
        if verb.tag == "Hangup":
            break
    return heard
