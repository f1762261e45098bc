"""What can go wrong with jobs.

JobsError
├── UnknownTask
├── TaskNameTaken
├── BadArguments
├── BadPeriod
└── OneProcessOnly
"""


class JobsError(Exception):
    """A job could not be accepted. Correct the caller."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or type(self).__doc__ or "")


class UnknownTask(JobsError):
    """No task of that name is registered. Import its module in the AppConfig.ready of its room, or name it tasks.py."""


class TaskNameTaken(JobsError):
    """Two functions claim one task name. Rename one of them."""


class BadArguments(JobsError):
    """A job's arguments must be plain JSON values. Pass ids, not objects."""


class BadPeriod(JobsError):
    """A period must divide a minute, an hour or a day evenly. Choose, say, 30, 300 or 3600 seconds."""


class OneProcessOnly(JobsError):
    """Separate workers need PostgreSQL. Set DATABASE_URL, or let `apatar serve` do the work in its own process."""
