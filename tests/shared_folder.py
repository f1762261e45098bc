"""Where the facts and captures beside the checkout are, if they are there at all."""

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

_BESIDE = Path(__file__).resolve().parents[2] / "shared"

SHARED: Path | None = _BESIDE if _BESIDE.is_dir() else None
"""The folder with facts/ and captures/, or None in a checkout that stands alone."""

REASON = "the facts and captures (../shared) are not beside this checkout"
needs_shared = pytest.mark.skipif(SHARED is None, reason=REASON)


def shared(path: str) -> Path:
    """Return a path below the shared folder; only for tests that carry `needs_shared`."""
    if SHARED is None:
        pytest.skip(REASON)
    return SHARED / path


@cache
def schema_of_quickbooks() -> etree.XMLSchema:
    """Return qbXML 13.0 as Intuit published it; only for tests that carry `needs_shared`."""
    return etree.XMLSchema(etree.parse(shared("facts/schema/qbxmlops130_unmodified.xsd")))
