"""What can go wrong while deciding; every message is a sentence and says what to do next.

SyncError
├── UnreadableValueError  a remote value is not what its kind promises (also a ValueError)
├── MappingError          a mapping contradicts itself or what it is used for
│   └── ExpressionError   an expression of a mapping cannot be read, or has no result for a record
└── PlanError             changes cannot be put into an order
"""


class SyncError(Exception):
    """A decision could not be made."""


class UnreadableValueError(SyncError, ValueError):
    """A value on one side cannot be read as the kind its field has."""

    def __init__(self, value: object, *, wanted: str, label: str = "A field") -> None:
        self.value = value
        self.wanted = wanted
        self.label = label
        super().__init__(f"{label} holds {str(value)[:60]!r}, which is not {wanted}. Correct it there.")

    def labelled(self, label: str) -> "UnreadableValueError":
        """Return the same error with the field's label in its sentence."""
        return UnreadableValueError(self.value, wanted=self.wanted, label=label)


class MappingError(SyncError):
    """A mapping contradicts itself."""


class ExpressionError(MappingError):
    """An expression cannot be read, or has no result for a record; `position` counts characters from one."""

    def __init__(self, sentence: str, *, position: int | None = None) -> None:
        self.position = position
        super().__init__(sentence if position is None else f"At character {position}: {sentence}")


class PlanError(SyncError):
    """Changes need one another in a circle."""
