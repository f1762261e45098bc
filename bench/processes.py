"""Processes on a core of their own, and what they cost: CPU seconds and memory, read from /proc."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

START_SECONDS = 60
STOP_SECONDS = 10
TICK = os.sysconf("SC_CLK_TCK")
KIB_A_MIB = 1024

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = frozenset(_CORES[:1])
LOAD_CORE = frozenset(_CORES[1:2] or _CORES[:1])


class BenchError(RuntimeError):
    """The benchmark cannot go on; the sentence says where it stopped and what was answered there."""


@contextmanager
def pinned(cores: frozenset[int]) -> Iterator[None]:
    """Keep this thread, and the processes it starts meanwhile, on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Running:
    """A Python process that runs until the block is left."""

    def __init__(
        self, words: Sequence[str], *, environment: Mapping[str, str], log: Path, cores: frozenset[int]
    ) -> None:
        self._log = log
        self._lines: SimpleQueue[str] = SimpleQueue()
        with log.open("w", encoding="utf-8") as errors, pinned(cores):
            self._process = subprocess.Popen(
                [sys.executable, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=dict(environment),
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def first_line(self) -> str:
        """Return the line by which the process says that it answers. Raises BenchError where it never comes."""
        try:
            line = self._lines.get(timeout=START_SECONDS)
        except Empty:
            line = ""
        if not line:
            errors = self._log.read_text(encoding="utf-8")[-1000:]
            raise BenchError(f"{self._process.args!r} did not start: {errors}")
        return line

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put("")


def family(pid: int) -> list[int]:
    """Return the process and everything it has started, by pid."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    started = [int(child) for found in children for child in found.read_text().split()]
    return [pid, *(one for child in started for one in family(child))]


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process tree, its ended children included."""
    return sum(own_cpu_seconds(one) for one in family(pid))


def own_cpu_seconds(pid: int) -> float:
    # proc(5): after the name in brackets, fields 14 to 17 are utime, stime, cutime, cstime.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICK


def memory_mib(pid: int, *, peak: bool = False) -> float:
    """Return the resident memory of one process in MiB, or the most that it ever had."""
    wanted = "VmHWM:" if peak else "VmRSS:"
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(wanted):
            return int(line.split()[1]) / KIB_A_MIB
    return 0.0


def tree_memory_mib(pid: int, *, peak: bool = False) -> float:
    """Return the sum over a process tree; pages that processes share count once for each."""
    return sum(memory_mib(one, peak=peak) for one in family(pid))
