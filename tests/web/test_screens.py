from __future__ import annotations

import pytest
from django.test import Client as Browser
from tests.world import World

SCREENS = ["/", "/lanes/urgent/", "/clients/", "/upcoming/", "/not-covered/", "/phone/"]


@pytest.mark.parametrize("address", SCREENS)
def test_every_screen_opens(kit: Browser, address: str) -> None:
    assert kit.get(address).status_code == 200


def test_a_client_opens(kit: Browser, world: World) -> None:
    page = kit.get(f"/clients/{world.rosa_id}/")
    assert page.status_code == 200
    print(page.content.decode())
