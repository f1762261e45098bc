"""Mishaps on purpose: a conversation that is cut, a message that is lost or delivered twice, a process that dies."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apatar.sandbox.webconnector.envelope import ARGUMENTS
from apatar.sandbox.webconnector.errors import Abandoned, CallFailed
from apatar.sandbox.webconnector.wire import Transport


class Mishap(StrEnum):
    """What happens at a call; the request or its answer is concerned as the name says."""

    CUT_BEFORE = "cut-before"
    CUT_AFTER = "cut"
    LOSE_REQUEST = "lose-request"
    LOSE_RESPONSE = "lose-response"
    DUPLICATE = "duplicate"
    KILL_BEFORE = "kill-before"
    KILL_AFTER = "kill"


@dataclass(frozen=True, slots=True)
class Fault:
    """One mishap at the `nth` call (from 1) of an operation, or of all operations where none is named."""

    mishap: Mishap
    operation: str | None = None
    nth: int = 1


def read_fault_order(text: str) -> Fault:
    """Read `MISHAP[:OPERATION[:N]]`, as in `lose-response:receiveResponseXML:2`; raises ValueError with a sentence."""
    mishap, _, place = text.partition(":")
    operation, _, nth = place.partition(":")
    if mishap not in set(Mishap):
        raise ValueError(f"“{mishap}” is no mishap; choose one of {', '.join(Mishap)}")
    if operation and operation not in ARGUMENTS:
        raise ValueError(f"“{operation}” is no operation; choose one of {', '.join(ARGUMENTS)}")
    if nth and not (nth.isdecimal() and int(nth)):
        raise ValueError(f"“{nth}” does not count calls; use 1, 2, 3 …")
    return Fault(Mishap(mishap), operation or None, int(nth or 1))


def kill_this_process() -> None:
    """Die as in a power cut: nothing is flushed, nobody is told."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


class Faulty:
    """A transport to which the ordered mishaps happen; in a duplicate delivery the first answer is the lost one."""

    def __init__(
        self, transport: Transport, faults: Sequence[Fault], *, die: Callable[[], None] = kill_this_process
    ) -> None:
        self._transport = transport
        self._faults = faults
        self._die = die
        self._calls: dict[str | None, int] = {}

    def post(self, operation: str, envelope: bytes) -> bytes:
        mishap = self._mishap(operation)
        self._before(mishap)
        answer = self._transport.post(operation, envelope)
        if mishap is Mishap.DUPLICATE:
            answer = self._transport.post(operation, envelope)
        self._after(mishap)
        return answer

    def close(self) -> None:
        self._transport.close()

    def _mishap(self, operation: str) -> Mishap | None:
        for counted in (operation, None):
            self._calls[counted] = self._calls.get(counted, 0) + 1
        for fault in self._faults:
            if fault.operation in {operation, None} and self._calls[fault.operation] == fault.nth:
                return fault.mishap
        return None

    def _before(self, mishap: Mishap | None) -> None:
        if mishap is Mishap.KILL_BEFORE:
            self._die()
        if mishap in {Mishap.CUT_BEFORE, Mishap.KILL_BEFORE}:
            raise Abandoned("The Web Connector was stopped before this call.")
        if mishap is Mishap.LOSE_REQUEST:
            raise CallFailed("The underlying connection was closed: the request was lost on its way.")

    def _after(self, mishap: Mishap | None) -> None:
        if mishap is Mishap.KILL_AFTER:
            self._die()
        if mishap in {Mishap.CUT_AFTER, Mishap.KILL_AFTER}:
            raise Abandoned("The Web Connector was stopped after this call.")
        if mishap is Mishap.LOSE_RESPONSE:
            self._transport.close()
            raise CallFailed("The underlying connection was closed: The connection was closed unexpectedly.")
