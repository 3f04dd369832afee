"""A real browser at a real server, with Kit signed in."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import ScryptPasswordHasher, make_password
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bench.installation import free_port
from tests.databases import LiveDatabase
from tests.world import PASSWORD, World, build_world

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Site:
    url: str
    world: World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium here: run `make browser`"))


@pytest.fixture
def site(live_database: LiveDatabase) -> Iterator[Site]:
    world = build_world(now=timezone.now())
    _let_the_server_check_passwords()
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "afterglow.config.asgi:application", "--port", str(port)]
    server = subprocess.Popen([*command, "--lifespan", "off", "--log-level", "error"], env=live_database.environment)
    try:
        _wait_for(port, server)
        yield Site(f"http://127.0.0.1:{port}", world)
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


@pytest.fixture
def chromium(site: Site) -> Iterator[Browser]:
    """Started after the site and closed before it: while it lives, Django refuses to touch the database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Any]]:
    """A page at an address, signed in as Kit. Options are those of a browser context: size, light, JavaScript."""
    open_ones: list[BrowserContext] = []

    def opened(address: str, **options: Any) -> Any:
        context = chromium.new_context(base_url=site.url, **options)
        context.set_default_timeout(8_000)
        open_ones.append(context)
        page = context.new_page()
        page.goto("/sign-in/")
        page.fill("#id_username", "kit")
        page.fill("#id_password", PASSWORD)
        page.click("main button")
        page.wait_for_url(f"{site.url}/")
        page.goto(address)
        return page

    yield opened
    for context in open_ones:
        context.close()


def _let_the_server_check_passwords() -> None:
    """Tests hash passwords in a cheap way that a real server does not accept."""
    real = make_password(PASSWORD, hasher=ScryptPasswordHasher())
    get_user_model().objects.filter(username="kit").update(password=real)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the server did not start")
