"""apatar serve: migrates, then web and worker in one process tree."""

import multiprocessing
import os
import socket
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from apatar import jobs
from apatar.config.process import when_it_answers
from apatar.connections.address import remember_address

KILL_TIMEOUT = 2
"""Seconds. Without it granian ignored SIGTERM during its start in most tries (ARCHITECTURE.md, the stack)."""
WEB_THREADS = 4


class Command(BaseCommand):
    """Serve the pages and the Web Connector's door; prints `ready URL` when it answers."""

    help = "Run the service: pages, the Web Connector's door and the worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")

    def handle(self, *, host: str, port: int, **_options: Any) -> None:
        port = port or free_port(host)
        own_url = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0', '::1') else host}:{port}"  # noqa: S104
        remember_address(settings.APATAR_URL or own_url)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        self._serve(host, port, own_url)

    def _serve(self, host: str, port: int, own_url: str) -> None:
        multiprocessing.set_start_method("spawn", force=True)  # the same on every system; no fork of a threaded parent
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apatar.config.settings")
        stop = threading.Event()
        worker = threading.Thread(target=jobs.drain, kwargs={"stop": stop}, name="worker", daemon=True)
        worker.start()
        knock = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/healthz"  # noqa: S104
        when_it_answers(knock, lambda: say_ready(own_url))
        try:
            granian(host, port).serve()
        finally:
            stop.set()
            worker.join(timeout=KILL_TIMEOUT)
            sys.stdout.flush()


def granian(host: str, port: int) -> MPServer:
    return MPServer(
        "apatar.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=WEB_THREADS,
        backlog=256,
        workers_kill_timeout=KILL_TIMEOUT,
        respawn_failed_workers=True,
        websockets=False,
        log_enabled=True,
        log_level=LogLevels.warning,
        http1_settings=HTTP1Settings(keep_alive=True),
    )


def free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port


def say_ready(url: str) -> None:
    sys.stdout.write(f"ready {url}\n")
    sys.stdout.flush()
