"""The COM errors that the Web Connector passes on: what each means, and what to do.

Codes and meanings: QBWC facts 4.10. Whether the outcome of a request is known is our reading of where each can arise.
"""

import re
from dataclasses import dataclass

_CODE = re.compile(r"(?:0x)?([0-9a-fA-F]{8})")


@dataclass(frozen=True, slots=True)
class Hresult:
    """One COM error. `code` is printed as 0x8004040A.

    `outcome_known`: certainly nothing of the message set was executed. `permanent`: it stays until a person acts.
    """

    code: str
    sentence: str
    remedy: str
    outcome_known: bool
    permanent: bool


def hresult(code: str) -> Hresult:
    """Explain a code as the Web Connector passes it on; an unknown one is assumed to leave the outcome unknown."""
    found = _CODE.fullmatch(code.strip())
    printed = f"0x{found[1].upper()}" if found else code.strip()
    return _TABLE.get(printed) or Hresult(
        printed,
        f"QuickBooks or the Web Connector reported an error that is not known here ({printed}).",
        "Look into QWCLog.txt on the QuickBooks PC; if it stays, restart QuickBooks and the Web Connector.",
        outcome_known=False,
        permanent=False,
    )


def _unknown(code: str, sentence: str, remedy: str) -> Hresult:
    """Describe an error after which nobody knows what was executed."""
    return Hresult(code, sentence, remedy, outcome_known=False, permanent=False)


def _passing(code: str, sentence: str, remedy: str) -> Hresult:
    """Describe an error before anything was executed, which may be gone next time."""
    return Hresult(code, sentence, remedy, outcome_known=True, permanent=False)


def _lasting(code: str, sentence: str, remedy: str) -> Hresult:
    """Describe an error before anything was executed, which a person must settle."""
    return Hresult(code, sentence, remedy, outcome_known=True, permanent=True)


_PREFERENCES = "Edit > Preferences > Integrated Applications > Company Preferences"
_APPLICATION = "“QuickBooks and SalesForce synchronization”"

_TABLE = {
    one.code: one
    for one in (
        _lasting(
            "0x80040154",
            "The part of QuickBooks that other programs talk to is not installed on this PC.",
            "Repair the Web Connector, or install it again.",
        ),
        _lasting(
            "0x80040308",
            "Parts of the QuickBooks interface are missing on this PC.",
            "Repair or update QuickBooks and the Web Connector.",
        ),
        _lasting(
            "0x80040400",
            "QuickBooks could not read what was sent, and refused all of it.",
            "Nothing was changed. The one bad request is searched and set aside; the rest is sent again.",
        ),
        _passing(
            "0x80040401",
            "QuickBooks could not be reached.",
            "Start QuickBooks and open the company file, with the same Windows user and rights as the Web Connector.",
        ),
        _unknown(
            "0x80040402",
            "QuickBooks reported an unexpected error.",
            "Look into qbsdklog.txt on the QuickBooks PC. What was already sent is looked up before it is repeated.",
        ),
        _lasting(
            "0x80040403",
            "The company file could not be opened.",
            "Check the file's path in the form under Company/Organization, and that this Windows user may open it.",
        ),
        _lasting(
            "0x80040406",
            "The company file does not exist, or is none.",
            "Correct its path in the form under Company/Organization.",
        ),
        _passing(
            "0x80040408",
            "QuickBooks could not be started.",
            "Start QuickBooks by hand, not as administrator unless the Web Connector is, and open the company file.",
        ),
        _lasting(
            "0x8004040A",
            "Another company file is open in QuickBooks.",
            "Close it, or open the company file that belongs to this connection.",
        ),
        _unknown(
            "0x8004040D",
            "QuickBooks ended the session in the middle.",
            "Nothing to do: what was already sent is looked up in the next session before it is repeated.",
        ),
        _lasting(
            "0x80040410",
            "The company file is open in another mode, single-user or multi-user, than was asked for.",
            "Switch the mode in QuickBooks (File menu), or close the file.",
        ),
        # It can arrive before a session or in the middle of one, so the outcome counts as unknown.
        _unknown(
            "0x80040414",
            "A window in QuickBooks waits for an answer and blocks everything else.",
            "Close the open dialog in QuickBooks.",
        ),
        _lasting(
            "0x80040416",
            "QuickBooks is not running, and no company file was named.",
            "Open the company file, or give its full path in the form under Company/Organization.",
        ),
        _lasting(
            "0x80040417",
            "QuickBooks is running, but no company file is open.",
            "Open the company file, or give its full path in the form under Company/Organization.",
        ),
        _lasting(
            "0x80040418",
            "QuickBooks has not yet been asked to let this application in.",
            "Open the company file as administrator, run the Web Connector once, and answer Yes when QuickBooks asks.",
        ),
        _lasting(
            "0x8004041A",
            "QuickBooks does not let this application into the company file.",
            f"In QuickBooks, as administrator: {_PREFERENCES}; allow {_APPLICATION}.",
        ),
        _lasting(
            "0x8004041D",
            "QuickBooks is closed, and this application may not log in by itself.",
            f"Open the company file; or as administrator: {_PREFERENCES}; {_APPLICATION}; allow automatic login.",
        ),
        _lasting(
            "0x8004041F",
            "This edition of QuickBooks does not talk to other programs.",
            "QuickBooks Pro, Premier or Enterprise is needed.",
        ),
        _lasting(
            "0x80040420",
            "Somebody answered No when QuickBooks asked whether this application may have access.",
            "Run again and answer Yes, whenever this QuickBooks company file is open.",
        ),
        _unknown(
            "0x80040421",
            "QuickBooks passed on an error of one of its parts.",
            "Restart QuickBooks. What was already sent is looked up before it is repeated.",
        ),
        _passing(
            "0x80040422",
            "QuickBooks needs the company file for itself, but somebody else has it open.",
            "Wait until the others are done, or switch the file to multi-user mode.",
        ),
        _passing(
            "0x80040424",
            "QuickBooks has not finished starting.",
            "Wait a minute; the next run tries again.",
        ),
        _unknown(
            "0x80010105",
            "QuickBooks stopped while it was working.",
            "Start QuickBooks again. What was already sent is looked up before it is repeated.",
        ),
    )
}
