"""Which tasks there are, and which of them run on their own every so often."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from apatar.jobs.errors import BadPeriod, TaskNameTaken, UnknownTask

Function = Callable[..., None]
F = TypeVar("F", bound=Function)

MINUTE, HOUR, DAY = 60, 3600, 86400
_EVEN = ((1, MINUTE), (MINUTE, HOUR), (HOUR, DAY))

_tasks: dict[str, Function] = {}
_periodic: dict[str, "Periodic"] = {}


@dataclass(frozen=True, slots=True)
class Periodic:
    """A task without arguments that is due at every multiple of `seconds` since midnight UTC."""

    name: str
    seconds: int

    @property
    def cron(self) -> str:
        """The same period as cron writes it, with seconds in the sixth field."""
        if self.seconds < MINUTE:
            return f"* * * * * */{self.seconds}"
        if self.seconds < HOUR:
            return f"*/{self.seconds // MINUTE} * * * *"
        if self.seconds < DAY:
            return f"0 */{self.seconds // HOUR} * * *"
        return "0 0 * * *"


def task(name: str) -> Callable[[F], F]:
    """Register a function of JSON keyword arguments as the task `name`.

    A job may be delivered more than once (a process dies after the work and before the tick), so the function must be
    idempotent: a second delivery finds the work done and does nothing. Raises TaskNameTaken.
    """

    def register(function: F) -> F:
        known = _tasks.setdefault(name, function)
        if known is not function:
            raise TaskNameTaken(f"Two functions claim the task name {name!r}. Rename one of them.")
        return function

    return register


def every(seconds: int, name: str) -> None:
    """Run the task `name` every so many seconds, once per period however many workers there are. Raises BadPeriod."""
    if seconds < 1 or not any(seconds % unit == 0 and whole % seconds == 0 for unit, whole in _EVEN):
        raise BadPeriod
    _periodic[name] = Periodic(name, seconds)


def find(name: str) -> Function:
    """Return the function of a task. Raises UnknownTask."""
    try:
        return _tasks[name]
    except KeyError as error:
        raise UnknownTask(
            f"No task {name!r} is registered. Import its module in the AppConfig.ready of its room."
        ) from error


def name_of(task: str | Function) -> str:
    """Return the name under which a task is registered. Raises UnknownTask."""
    if isinstance(task, str):
        find(task)
        return task
    names = [name for name, function in _tasks.items() if function is task]
    if not names:
        raise UnknownTask
    return names[0]


def all_tasks() -> dict[str, Function]:
    return dict(_tasks)


def all_periodic() -> list[Periodic]:
    return list(_periodic.values())
