"""Lists of numbers as files: what is read, what is not, and what is said about the rest."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afterglow.intake.numbers.contract import Answer, BrokenLine, NumberAnswer, NumberLookup
from afterglow.intake.numbers.files import DoNotCallFile, ReassignedFile

ROSA, DANA, MINA = "+12075550101", "+12075550102", "+15125550103"
TODAY = date(2026, 9, 8)


def asked(lookup: NumberLookup, *phones: str) -> tuple[dict[str, tuple[Answer, date]], list[BrokenLine]]:
    said = list(lookup.look_up(phones or (ROSA, DANA, MINA), as_of=TODAY))
    answers = [one for one in said if isinstance(one, NumberAnswer)]
    return {a.phone: (a.answer, a.as_of_on) for a in answers}, [one for one in said if isinstance(one, BrokenLine)]


def file(folder: Path, text: str) -> Path:
    path = folder / "numbers.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("line", ["2075550101", "207,5550101", "+1 (207) 555-0101", "12075550101", '"207","5550101"'])
def test_a_listed_number_is_found_however_it_is_written(tmp_path: Path, line: str) -> None:
    answers, broken = asked(DoNotCallFile(file(tmp_path, f"{line}\n")))
    assert answers[ROSA] == (Answer.YES, TODAY)
    assert broken == []


def test_a_list_says_no_only_about_the_area_codes_it_covers(tmp_path: Path) -> None:
    answers, _ = asked(DoNotCallFile(file(tmp_path, "area code,number\n207,5550101\n")))
    assert {phone: answer for phone, (answer, _) in answers.items()} == {
        ROSA: Answer.YES,
        DANA: Answer.NO,
        MINA: Answer.NO_DATA,
    }


def test_broken_lines_are_named_and_the_rest_counts(tmp_path: Path) -> None:
    answers, broken = asked(DoNotCallFile(file(tmp_path, "2075550101\n\n555-0101\nend of list 2075550102\n")))
    assert [line.line for line in broken] == [3, 4]
    assert answers[ROSA][0] is Answer.YES
    assert answers[DANA][0] is Answer.NO


def test_answers_about_reassigned_numbers_carry_their_own_day(tmp_path: Path) -> None:
    text = "date,phone,answer\n2026-09-01,(207) 555-0101,Yes\n,2075550102,no_data\n2026-08-01,+442079460143,no\n"
    answers, broken = asked(ReassignedFile(file(tmp_path, text)))
    assert answers == {ROSA: (Answer.YES, date(2026, 9, 1)), DANA: (Answer.NO_DATA, TODAY)}
    assert broken == []


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2075550101,perhaps,2026-09-01", "The answer must be yes, no or no data."),
        ("2075550101,yes,last week", "Write the date like 2026-09-01."),
        ("2075550101,yes,2026-09-09", "This date lies in the future."),
        ("12,yes,2026-09-01", "This is not a telephone number"),
        ("2075550101", "The answer must be yes, no or no data."),
    ],
)
def test_a_broken_row_says_what_is_wrong_and_never_the_number(tmp_path: Path, row: str, says: str) -> None:
    answers, broken = asked(ReassignedFile(file(tmp_path, f"{row}\n2075550102,no,2026-09-01\n")))
    [line] = broken
    assert line.line == 1
    assert says in line.message
    assert "5550101" not in line.message
    assert list(answers) == [DANA]


@pytest.mark.parametrize("row", ['"2075550102,yes,2026-09-01', f"{'x' * 200_000},yes,2026-09-01"])
def test_a_broken_row_takes_no_other_answer_with_it(tmp_path: Path, row: str) -> None:
    answers, broken = asked(ReassignedFile(file(tmp_path, f"{row}\n2075550101,yes,2026-09-01\n")))
    assert [line.line for line in broken] == [1]
    assert list(answers) == [ROSA]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=400))
def test_no_file_makes_it_stumble(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "garbage"
    path.write_bytes(garbage)
    for lookup in (DoNotCallFile(path), ReassignedFile(path)):
        answers, _ = asked(lookup)
        assert set(answers) <= {ROSA, DANA, MINA}


def test_long_files_show_a_sign_of_life(tmp_path: Path) -> None:
    counts: list[int] = []
    path = file(tmp_path, "2075550101\n" * 25_000)
    list(DoNotCallFile(path, counts.append).look_up([ROSA], as_of=TODAY))
    assert sum(counts) == 20_000
