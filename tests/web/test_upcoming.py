from __future__ import annotations

from django.test import Client as Browser

from tests.world import World


def test_each_message_is_listed_on_its_day_with_its_reason(kit: Browser, world: World) -> None:
    kit.post(f"/clients/{world.rosa_id}/reading/")
    page = kit.get("/upcoming/").content.decode()
    assert "Rosa Alvarez" in page
    assert "Goes by text: day 1 after the visit on 9 March 2027." in page
    assert "How are you feeling" in page


def test_the_picture_says_its_finding_in_words(kit: Browser) -> None:
    bars = kit.get("/upcoming/").context["bars"]
    assert len(bars.bars) == 14
    assert bars.finding.startswith(f"{sum(b.count for b in bars.bars)} messages in 14 days, the most on ")


def test_filters_are_in_the_address(kit: Browser) -> None:
    def functions(address: str) -> set[str]:
        days = kit.get(address).context["found"].days
        return {row.function for day in days for row in day.rows}

    assert functions("/upcoming/?function=results") == {"Results"}
    assert functions("/upcoming/?function=results&channel=voice") == set()
    assert functions("/upcoming/?function=nonsense") == functions("/upcoming/")


def test_one_day_shows_that_day_only(kit: Browser) -> None:
    days = kit.get("/upcoming/?on=2027-03-23").context["found"].days
    assert [str(day.on) for day in days] == ["2027-03-23"]


def test_a_stopped_message_leaves_the_list(kit: Browser) -> None:
    [row, *_] = kit.get("/upcoming/").context["found"].days[0].rows
    kit.post(f"/messages/{row.touch_id}/stop/", {"next": "/upcoming/"})
    days = kit.get("/upcoming/").context["found"].days
    assert row.touch_id not in [r.touch_id for day in days for r in day.rows]


def test_nothing_fitting_says_so(kit: Browser) -> None:
    assert "Nothing fits these filters." in kit.get("/upcoming/?channel=voice").content.decode()
