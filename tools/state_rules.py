"""The table of docs/reference/state-rules.md, made from the library: `python -m tools.state_rules` prints it."""

from __future__ import annotations

from collections.abc import Iterator

from afterglow.rules.state_rule_words import SpokenRule, spoken_rules

HEADS = (
    "State", "For", "Weekdays", "Saturday", "Sunday", "Holidays", "In 24 h", "In force", "Confidence", "Source", "Note",
)  # fmt: skip


def table() -> Iterator[str]:
    """One row for each of the library's, the federal one first."""
    yield _row(HEADS)
    yield "|---" * len(HEADS) + "|"
    for rule in spoken_rules():
        yield _row(_cells(rule))


def _cells(rule: SpokenRule) -> tuple[str, ...]:
    return (
        rule.who, rule.what, rule.weekdays, rule.saturday, rule.sunday, rule.holidays, rule.cap,
        rule.in_force or "always", rule.confidence, rule.source, rule.note,
    )  # fmt: skip


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;').replace('<', '&lt;') for cell in cells)} |"


if __name__ == "__main__":
    print("\n".join(table()))
