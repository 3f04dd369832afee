"""Clients who do not exist, with what makes real ones awkward: shared phones, missing consents, numbers from afar."""

from __future__ import annotations

import random
from datetime import date, timedelta

_ENGLISH = (
    "Ava", "Maya", "Nora", "Priya", "Mei", "Aisha", "Grace", "Imani", "Hannah", "Leila", "Tessa", "Yuki",
    "Freya", "Simone", "Anika", "Brooke", "Chloe", "Delia", "Esther", "Fatima", "Gwen", "Helena", "Ingrid",
    "Jada", "Keiko", "Lena", "Marisol", "Nadia", "Odette", "Paige", "Quinn", "Rosa", "Sana", "Talia", "Uma",
    "Vera", "Willa", "Xiomara", "Yara", "Zoe", "Adele", "Bea", "Carmen", "Dana", "Elif", "Farah", "Gia", "Hope",
    "Isla", "Joan", "Kiara", "Linh", "Mina", "Noor", "Opal", "Petra", "Rhea", "Sofia", "Thuy", "Ursula",
    "Wanda", "Amir", "Ben", "Caleb", "Diego", "Ethan", "Felix", "Hugo", "Ivan", "Jamal", "Kofi", "Luca",
    "Mateo", "Niko", "Omar", "Ravi", "Samir", "Theo",
)  # fmt: skip
_SPANISH = (
    "Alejandra", "Beatriz", "Catalina", "Daniela", "Esperanza", "Fernanda", "Guadalupe", "Inés", "José",
    "Lucía", "Marisol", "Noemí", "Paloma", "Raquel", "Soledad", "Valeria", "Ximena", "Yolanda", "Andrés",
    "Joaquín",
)  # fmt: skip
_LAST = (
    "Abbott", "Ahmed", "Alvarez", "Baker", "Banerjee", "Brennan", "Castillo", "Chen", "Cho", "Cole", "Cruz",
    "Desai", "Diaz", "Dubois", "Egan", "Farah", "Fischer", "Flores", "Garcia", "Gagnon", "Haddad", "Hansen",
    "Huang", "Ito", "Jensen", "Kaplan", "Kaur", "Kim", "Kowalski", "Larsen", "Lind", "Lopez", "Marsh", "Mbeki",
    "Mendez", "Moreau", "Murphy", "Nguyen", "Nowak", "O'Brien", "Okafor", "Ortiz", "Park", "Patel", "Pelletier",
    "Quist", "Ramos", "Reyes", "Rossi", "Sato", "Silva", "Singh", "Soto", "Tanaka", "Tran", "Ueda", "Vargas",
    "Voss", "Walsh", "Weiss", "Wong", "Xu", "Yilmaz", "Zhou",
)  # fmt: skip
_HOME_CODE, _HOME_NUMBERS = "207", 100
_STATE_OF_CODE = {
    "603": "NH", "802": "VT", "617": "MA", "857": "MA", "781": "MA", "978": "MA", "508": "MA", "774": "MA",
    "401": "RI", "203": "CT", "212": "NY", "305": "FL", "512": "TX", "312": "IL", "602": "AZ", "310": "CA",
}  # fmt: skip
_NEAR_CODES = tuple(_STATE_OF_CODE)
_FAR_CODES = tuple(f"{code}" for code in range(201, 990) if code % 100 != 11 and code not in (555, 800, 900))
_MAINE_ZIPS = ("04101", "04102", "04103", "04106", "04092", "04074", "04105", "04107", "04032", "04011")
_SOURCES = ("Google", "Instagram", "Friend", "Walk-in", "Website", "Event", "")
_EVIDENCE = "Intake form v3, signed online"


def invented_client(chance: random.Random, *, index: int, until: date) -> dict[str, str]:
    """The client columns of our contract. The same index always gives the same number."""
    is_spanish = chance.random() < 0.14
    first = chance.choice(_SPANISH if is_spanish else _ENGLISH)
    last = chance.choice(_LAST)
    code, phone = _number(index - 1 if index and chance.random() < 0.015 else index)  # some share a phone
    email = "" if chance.random() < 0.15 else f"{_plain(first)}.{_plain(last)}{index}@example.test"
    home = _STATE_OF_CODE.get(code, "ME")
    state = chance.choices(("ME", home, ""), (74, 20, 6))[0]
    birth_on = until - timedelta(days=round(365.25 * _age(chance)))
    return {
        "client_id": f"C-{index + 1:06}",
        "first_name": first,
        "last_name": last,
        "phone": "" if chance.random() < 0.04 else phone,
        "email": email,
        "state": state,
        "zip": chance.choice(_MAINE_ZIPS) if state == "ME" else "",
        "birth_date": birth_on.isoformat() if chance.random() < 0.93 else "",
        "language": "es" if is_spanish and chance.random() < 0.8 else "en",
        "acquisition_source": chance.choice(_SOURCES),
        "lifetime_value": f"{chance.randrange(600, 9000, 50)}.00" if chance.random() < 0.12 else "",
        **_consents(chance, index=index, until=until, has_email=bool(email)),
    }


def _number(index: int) -> tuple[str, str]:
    """A quarter of the first clients at home, the others around; far codes only for very many. 100 numbers a code."""
    if index % 4 == 0 and index // 4 < _HOME_NUMBERS:
        return _HOME_CODE, f"+1{_HOME_CODE}55501{index // 4:02}"
    codes = _NEAR_CODES if index < 100 * len(_NEAR_CODES) else _FAR_CODES
    code, line = codes[index % len(codes)], index // len(codes) % 100
    return code, f"+1{code}55501{line:02}"


def _plain(name: str) -> str:
    return name.lower().translate(str.maketrans("áéíóúñ'", "aeioun-")).replace("-", "")


def _age(chance: random.Random) -> float:
    return chance.uniform(16, 17.9) if chance.random() < 0.005 else min(78, max(19, chance.gauss(42, 12)))


def _consents(chance: random.Random, *, index: int, until: date, has_email: bool) -> dict[str, str]:
    given_on = (until - timedelta(days=chance.randint(380, 900))).isoformat()
    given = {
        "consent_care_sms": chance.random() < 0.93,
        "consent_marketing_sms": chance.random() < 0.72,
        "consent_marketing_email": has_email and chance.random() < 0.68,
        "consent_voice": chance.random() < 0.2,
    }
    is_proven = chance.random() < 0.985
    return {
        **{column: given_on if is_given else "" for column, is_given in given.items()},
        "consent_evidence": f"{_EVIDENCE}, no. {10_000 + index}" if any(given.values()) and is_proven else "",
    }
