"""The processes of `serve`: one parent with the worker thread, one child that answers HTTP."""

import multiprocessing
import multiprocessing.process
import os
import threading
import time
from collections.abc import Callable


def end_with_parent() -> None:
    """End this process when its parent is gone: a parent that was killed must not leave the port taken."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlive, args=(parent,), name="parent-watch", daemon=True).start()


def _outlive(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
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
