"""`up` runs everything, keeps it running, and stops it in order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from afterglow.config import embedded
from bench.installation import free_port

START = "import sys; from afterglow.cli.up import up; sys.exit(up(port=int(sys.argv[1])))"
ROOT = Path(__file__).resolve().parents[2]


class Running:
    """One `up` of its own, with what it says."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.said = data_dir / "said"
        data_dir.mkdir(exist_ok=True)
        own = ("DATABASE_URL", "AFTERGLOW_SECRET_KEY", "AFTERGLOW_APP_DATABASE_URL")
        environment = {name: value for name, value in os.environ.items() if name not in own}
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", START, str(port)],
                cwd=ROOT,
                env={**environment, "AFTERGLOW_DATA": str(data_dir), "PYTHONPATH": str(ROOT)},
                stderr=said,
            )

    def says(self, words: str) -> bool:
        return words in self.said.read_text()

    def child(self, module: str) -> psutil.Process | None:
        children = psutil.Process(self.process.pid).children()
        return next((child for child in children if module in " ".join(child.cmdline())), None)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    embedded.throw_away(folder)


def test_it_starts_restarts_what_dies_and_stops_in_order(data_dir: Path, port: int) -> None:
    running = Running(data_dir, port)
    try:
        _wait_until(lambda: running.says(f"Afterglow is at http://127.0.0.1:{port}"))
        assert b"HTTP/1.1" in _asked(port)

        web = running.child("afterglow.config.web")
        assert web is not None
        assert web.environ()["AFTERGLOW_SITE_URL"] == f"http://127.0.0.1:{port}"  # links in messages lead back here
        assert running.child("afterglow.cli.watch_child") is not None  # apart from the workers it looks after
        web.kill()
        _wait_until(lambda: running.says("web ended (signal 9); starting it again"))
        assert b"HTTP/1.1" in _asked(port)  # the request waits on the socket until the new process is there

        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
    finally:
        running.process.kill()
        running.process.wait()
    assert running.says("stopped")
    assert not embedded.is_running(data_dir)


def test_its_children_never_get_the_owners_way_into_the_database(data_dir: Path, port: int) -> None:
    running = Running(data_dir, port)
    try:
        _wait_until(lambda: running.says("Afterglow is at"))
        web = running.child("afterglow.config.web")
        assert web is not None
        assert "DATABASE_URL" not in web.environ()
        assert "user=afterglow_app" in web.environ()["AFTERGLOW_APP_DATABASE_URL"]
    finally:
        running.process.kill()
        running.process.wait()
    _wait_until(lambda: not web.is_running())  # a killed parent takes its children along


def test_a_port_in_use_is_said_in_a_sentence(data_dir: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        running = Running(data_dir, port)
        assert running.process.wait(30) == 2
    assert running.says(f"Port {port} on 127.0.0.1 cannot be used")


def test_a_wrong_setting_is_said_in_a_sentence_and_not_in_a_traceback(data_dir: Path) -> None:
    command = [sys.executable, "-c", "from afterglow.cli.commands import main; main()", "doctor"]
    environment = {**os.environ, "AFTERGLOW_DATA": str(data_dir), "AFTERGLOW_SITE_URL": "nowhere"}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.startswith("AFTERGLOW_SITE_URL must look like https://follow-up.example.com, not 'nowhere'.")
    assert "Traceback" not in answer.stderr


def test_the_demo_looks_at_its_port_before_it_plays_a_year(data_dir: Path, port: int) -> None:
    command = [sys.executable, "-c", "from afterglow.cli.commands import main; main()", "demo", "--port", str(port)]
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        environment = {**os.environ, "AFTERGLOW_DATA": str(data_dir)}
        answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"Port {port} on 127.0.0.1 cannot be used")


def _asked(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return connection.recv(100)


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)
