"""The processes of `serve`: one parent with the worker thread, one child that answers HTTP."""

import os
import threading
import time
from collections.abc import Callable

PARENT = "APATAR_PARENT"
"""Environment variable by which `serve` tells its child who its parent is."""
LOOK_EVERY = 0.2


def announce_parent() -> None:
    os.environ[PARENT] = str(os.getpid())


def end_with_parent() -> None:
    """End this process when its parent is gone: a parent that was killed must not leave the port taken."""
    announced = os.environ.get(PARENT)
    if announced is None or announced == str(os.getpid()):
        return
    threading.Thread(target=_watch, args=(os.getppid(),), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os._exit(1)


def when_it_answers(url: str, say: Callable[[], None]) -> None:
    """Call `say` from a thread as soon as a GET of `url` answers 200."""
    threading.Thread(target=_knock, args=(url, say), name="ready", daemon=True).start()


def _knock(url: str, say: Callable[[], None]) -> None:
    import httpx2  # noqa: PLC0415 only the parent of `serve` needs it

    with httpx2.Client(trust_env=False, timeout=2) as client:
        while True:
            try:
                if client.get(url).status_code == httpx2.codes.OK:
                    return say()
            except httpx2.HTTPError:
                pass
            time.sleep(0.05)
