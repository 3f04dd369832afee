"""One web process, on a socket that its parent opened: requests wait there while a process is replaced."""

from __future__ import annotations

import os
import socket
import sys

import uvicorn

from afterglow.config.lifeline import stop_with_parent


def serve(listening: socket.socket) -> None:
    """Answer requests until SIGTERM or SIGINT, then finish the ones that were begun."""
    config = uvicorn.Config(
        "afterglow.config.asgi:application",
        access_log=False,  # an address may carry a secret token
        lifespan="off",
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=10,
        proxy_headers=False,
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "afterglow.config.settings")
    stop_with_parent()
    serve(socket.socket(fileno=int(sys.argv[1])))
