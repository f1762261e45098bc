"""The command `apatar demo`: what it prints and how it ends."""

import io
import json
import signal

import pytest
from rich.console import Console

from apatar.sandbox import story
from apatar.sandbox.story_agreement import Agreement
from apatar.sandbox.story_edits import Edit
from apatar.sandbox.story_screen import show_agreement, show_edits, show_runs, show_site, steps
from apatar.sandbox.story_stage import Stage, StoryError

RUN = {
    "number": 1,
    "outcome": "ok",
    "quickbooks": {"created": 50, "updated": 0, "unchanged": 120},
    "salesforce": {"created": 90, "updated": 30, "unchanged": 50},
    "conflicts": 0,
    "problems": 0,
    "salesforce_calls": 7,
    "seconds": 2.5,
    "message": "more than the contract",
}
TOLD = story.Told(
    url="http://localhost:1",
    password="p",
    runs=[RUN],
    edits=[Edit("QuickBooks", "Harbor", "Phone", "1", "2")],
    agreement=Agreement(links=170, differences=()),
)


def printed_by(console_user: object, *arguments: object, width: int = 160, **named: object) -> str:
    console = Console(file=io.StringIO(), width=width)
    assert callable(console_user)
    console_user(console, *arguments, **named)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_the_summary_is_what_the_contract_says() -> None:
    assert story.summary(TOLD) == {
        "runs": [{key: value for key, value in RUN.items() if key != "message"}],
        "agree": True,
        "links": 170,
    }


def test_one_json_object_is_printed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(story, "_play", lambda _stage, _arguments: TOLD)
    assert story.main(["--once", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["links"] == 170


def test_sides_that_do_not_agree_end_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    apart = story.Told("u", "p", [RUN], [], Agreement(1, ("Harbor: Phone is “1” in Salesforce",)))
    monkeypatch.setattr(story, "_play", lambda _stage, _arguments: apart)
    assert story.main(["--once"]) == 1
    assert "Harbor: Phone" in capsys.readouterr().out


def test_a_story_that_stops_says_where(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stop(_stage: Stage, _arguments: object) -> story.Told:
        raise StoryError("The form answered 500.")

    monkeypatch.setattr(story, "_play", stop)
    assert story.main(["--once", "--json"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "The demo stopped. The form answered 500." in captured.err


def test_an_interrupt_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_stage: Stage, _arguments: object) -> story.Told:
        raise KeyboardInterrupt

    monkeypatch.setattr(story, "_play", interrupt)
    assert story.main([]) == 130


@pytest.mark.parametrize("words", [["--port", "70000"], ["--customers", "-1"], ["--accounts", "many"]])
def test_a_senseless_number_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        story.main(words)
    assert end.value.code == 2


def test_the_screen_shows_edits_and_what_agrees() -> None:
    assert "Harbor" in printed_by(show_edits, TOLD.edits)
    assert "170 customers and accounts are linked" in printed_by(show_agreement, TOLD.agreement)


def rows_of(printed: str) -> list[list[str]]:
    return [line.split() for line in printed.splitlines() if line[:1].isdecimal()]


@pytest.mark.parametrize("width", [55, 80])
def test_runs_are_shown_whole_in_a_narrow_log(width: int) -> None:
    printed = printed_by(show_runs, [RUN, {**RUN, "number": 2, "conflicts": 12345}], width=width)
    assert rows_of(printed) == [
        ["1", "QuickBooks", "50", "0", "120"],
        ["1", "Salesforce", "90", "30", "50"],
        ["2", "QuickBooks", "50", "0", "120"],
        ["2", "Salesforce", "90", "30", "50"],
        ["1", "ok", "0", "0", "7", "2.5"],
        ["2", "ok", "12345", "0", "7", "2.5"],
    ]
    assert all(heading in printed for heading in ("Unchanged", "Conflicts", "Problems", "API calls", "Seconds"))


def test_every_edit_stands_on_one_line_of_a_terminal() -> None:
    edits = [
        Edit("QuickBooks", "Corbin Junction Select Medical Inc", "Phone", "(330) 200-0000", "(614) 555-0142"),
        Edit("Salesforce", "Irving Cove Best Optical Inc", "a new account", "", "Buffalo"),
    ]
    lines = [line.rstrip() for line in printed_by(show_edits, edits, width=80).splitlines()]
    assert "Corbin Junction Select Medical Inc  Phone: (330) 200-0000 → (614) 555-0142" in lines
    assert "Irving Cove Best Optical Inc  a new account: Buffalo" in lines


def test_the_site_is_shown_with_commands_that_can_be_copied() -> None:
    long = f"apatar sandbox quickbooks request {'x' * 100}"
    shown = printed_by(show_site, url="http://localhost:1", user="demo@example.com", password="secret",
                       edit=long, again="apatar [update]", width=80)  # fmt: skip
    assert all(word in shown for word in ("http://localhost:1", "demo@example.com", "secret"))
    assert {long, "apatar [update]"} <= set(shown.splitlines())


def test_a_closed_terminal_ends_the_story_as_control_c_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def close_terminal(_stage: Stage, _arguments: object) -> story.Told:
        signal.raise_signal(signal.SIGHUP)
        raise AssertionError("the signal was not heard")

    before = signal.getsignal(signal.SIGHUP)
    monkeypatch.setattr(story, "_play", close_terminal)
    assert story.main([]) == 130
    assert signal.getsignal(signal.SIGHUP) is before


def test_progress_stays_off_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with steps(2) as bar:
        bar.begin("First")
        bar.begin("Second")
    assert capsys.readouterr().out == ""
