"""What clients of a med spa come for, how soon they come again, and how the menu spells it."""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from importlib.resources import files

_MENU = "library/demo/menu.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """A reason to come: how common it is, how many days until the next time, and how many sessions a course has."""

    weight: float
    days: int
    provider: str
    sessions: int = 0


HABITS = {
    "toxin": Habit(weight=42, days=94, provider="Hale"),
    "filler": Habit(weight=20, days=190, provider="Hale"),
    "biostimulator": Habit(weight=2, days=42, provider="Hale", sessions=3),
    "hydrafacial": Habit(weight=10, days=33, provider="Noor"),
    "facial": Habit(weight=7, days=31, provider="Noor"),
    "peel": Habit(weight=5, days=33, provider="Noor"),
    "microneedling": Habit(weight=6, days=32, provider="Amari", sessions=3),
    "rf_microneedling": Habit(weight=2, days=40, provider="Amari", sessions=3),
    "laser_hair": Habit(weight=16, days=38, provider="Wren", sessions=6),
    "ipl": Habit(weight=3, days=30, provider="Wren", sessions=4),
    "resurfacing": Habit(weight=2, days=150, provider="Amari"),
    "vascular": Habit(weight=1.5, days=40, provider="Wren", sessions=3),
    "tattoo": Habit(weight=1, days=50, provider="Wren", sessions=8),
    "body": Habit(weight=2, days=14, provider="Wren", sessions=4),
    "kybella": Habit(weight=1, days=42, provider="Hale", sessions=3),
    "prp": Habit(weight=2, days=36, provider="Amari", sessions=3),
    "threads": Habit(weight=0.7, days=330, provider="Hale"),
    "weight": Habit(weight=3, days=30, provider="Amari"),
    "iv": Habit(weight=2, days=24, provider="Amari"),
    "shots": Habit(weight=3, days=16, provider="Amari"),
}
_YEAR = 400  # days a course may take
_PROVIDERS = {name: habit.provider for name, habit in HABITS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One line of the menu. With a unit the price is for one, and the quantity a range."""

    habit: str
    service: str
    code: str
    price: float
    minutes: int
    unit: str
    quantity: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One time a client comes: days after the first, and what is on the ticket (offer, its session, of how many)."""

    day: int
    provider: str
    ticket: tuple[tuple[Offer, int, int], ...]


def course(chance: random.Random, count: int) -> list[Occasion]:
    """How one client comes `count` times: a habit or two, and now and then something in between."""
    main, side = _habit(chance, count, within=10 * _YEAR), _habit(chance, count, within=2 * _YEAR)
    favourites = {habit: chance.choice(_MENU_OF[habit]) for habit in (main, side)}
    sessions: Counter[str] = Counter()
    occasions: list[Occasion] = []
    day, last = 0, ""
    while len(occasions) < count:
        habit, offer, after = _in_between(chance, occasions, last) or _usual(chance, main, side, favourites, count)
        day += after if occasions else 0
        ticket = [offer]
        if habit in HABITS and main != side and chance.random() < 0.11:
            ticket.append(favourites[side if habit == main else main])
        sessions.update(item.habit for item in ticket)
        occasions.append(
            Occasion(
                day=day,
                provider=_PROVIDERS.get(habit, "Kit" if habit == "other" else "Hale"),
                ticket=tuple((item, sessions[item.habit], _total(item)) for item in ticket),
            )
        )
        last = offer.service if habit == "filler" else habit
    return occasions


def _habit(chance: random.Random, count: int, *, within: int) -> str:
    possible = [
        name
        for name, habit in HABITS.items()
        if (count - 1) * habit.days < within and count <= (habit.sessions or count)
    ]
    return chance.choices(possible, [HABITS[name].weight for name in possible])[0]


def _in_between(chance: random.Random, before: list[Occasion], last: str) -> tuple[str, Offer, int] | None:
    """A consultation first, a touch-up, a dissolved lip, a package, a gift card: whatever is no plain treatment."""
    luck = chance.random()
    if last == "toxin" and luck < 0.06:
        return "touch_up", chance.choice(_MENU_OF["touch_up"]), chance.randint(13, 18)
    if "lip" in last.lower() and luck < 0.12:
        return "dissolver", _MENU_OF["dissolver"][0], chance.randint(7, 25)
    if luck > (0.92 if not before else 0.965):
        return "other", chance.choice(_MENU_OF["other"]), chance.randint(4, 30)
    return None


def _usual(
    chance: random.Random, main: str, side: str, favourites: dict[str, Offer], count: int
) -> tuple[str, Offer, int]:
    """The main habit as often as its cycle fits into the year; the side habit fills the visits in between."""
    habit = main if chance.random() < min(0.85, (_YEAR / HABITS[main].days + 1) / count) else side
    if not HABITS[habit].sessions and chance.random() < 0.25:
        favourites[habit] = chance.choice(_MENU_OF[habit])
    days = min(HABITS[main].days, _YEAR / count)
    return habit, favourites[habit], max(6, round(days * chance.lognormvariate(0, 0.16)))


def _total(offer: Offer) -> int:
    """Sessions of a course: always for hair, elsewhere when the menu counts them."""
    if offer.habit == "laser_hair" or "{n}" in offer.service or "#{k}" in offer.service:
        return HABITS[offer.habit].sessions
    return 0


def _menu() -> dict[str, list[Offer]]:
    menu: dict[str, list[Offer]] = defaultdict(list)
    with files("afterglow").joinpath(_MENU).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            least, _, most = row["quantity"].partition("-")
            menu[row["habit"]].append(
                Offer(
                    habit=row["habit"],
                    service=row["service"],
                    code=row["code"],
                    price=float(row["price"]),
                    minutes=int(row["minutes"]),
                    unit=row["unit"],
                    quantity=(int(least or 1), int(most or least or 1)),
                )
            )
    return dict(menu)


_MENU_OF = _menu()
