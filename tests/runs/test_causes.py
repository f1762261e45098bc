"""The same cause with other names is one group; its heading names no record."""

import pytest

from apatar.runs.causes import Cause, Told, causes_of

NAMES = ("Kern Lighting", "Harbor Tools", "O”Hara “& Sons”", "Order", "1041", "Salesforce")


def told(name: str, sentence: str, *, remedy: str = "", code: str = "code", pk: int = 1) -> Told:
    return Told(pk=pk, code=code, sentence=sentence, remedy=remedy, name=name, remote_id=f"0015e00000Ab{pk:03}AAA")


def each_said(sentence: str, *names: str, remedy: str = "", **values: tuple[str, ...]) -> list[Cause]:
    """Have every name tell the sentence about itself; `values` fill the other gaps, one for each name."""
    return causes_of(
        told(
            name,
            sentence.format(name=name, id=f"0015e00000Ab{pk:03}AAA", **{key: of[pk] for key, of in values.items()}),
            remedy=remedy.format(name=name),
            pk=pk,
        )
        for pk, name in enumerate(names)
    )


@pytest.mark.parametrize(
    ("sentence", "heading"),
    [
        (
            "“{name}” was deleted in Salesforce; in QuickBooks it is untouched.",
            "A record was deleted in Salesforce; in QuickBooks it is untouched.",
        ),
        (
            "QuickBooks already uses the name “{name}” for a vendor.",
            "QuickBooks already uses the name “…” for a vendor.",
        ),
        ("Account {id} has no name, and QuickBooks wants one.", "Account … has no name, and QuickBooks wants one."),
        ('The name "{name}" is already in use.', 'The name "…" is already in use.'),
    ],
)
def test_one_cause_with_many_names_is_one_group(sentence: str, heading: str) -> None:
    [cause] = each_said(sentence, *NAMES)
    assert (cause.heading, cause.number) == (heading, len(NAMES))


def test_a_single_record_is_not_named_either() -> None:
    [cause] = each_said("“{name}” has no products, so nothing can stand on the document.", "Lamps for the pier")
    assert cause.heading == "A record has no products, so nothing can stand on the document."


def test_a_name_of_several_words_is_left_out_without_quotes_too() -> None:
    [cause] = each_said("Salesforce says: {name} is on hold.", "Kern Lighting", "Harbor Tools")
    assert cause.heading == "Salesforce says: … is on hold."


def test_what_all_of_them_share_is_said() -> None:
    waits = "“{name}” waits: its account “{parent}” has no counterpart in QuickBooks yet."
    [cause] = each_said(waits, "First", "Second", parent=("Kern", "Kern"))
    assert cause.heading == "A record waits: its account “Kern” has no counterpart in QuickBooks yet."


def test_what_differs_is_left_out() -> None:
    waits = "“{name}” waits: its account “{parent}” is {days} days old, and 41 are too many."
    [cause] = each_said(waits, "First", "Second", parent=("Kern", "Harbor"), days=("50", "1,200"))
    assert cause.heading == "A record waits: its account “…” is … days old, and 41 are too many."


def test_lists_of_different_length_are_one_cause() -> None:
    two = "These have the same name: “Kern” in Salesforce (0015e00000Ab001AAA); “Kern” in QuickBooks (80000001-123)."
    more = two.replace(").", "); “Kern” in QuickBooks (80000002-124); and 3 more.")
    [cause] = causes_of([told("Kern", two), told("Kern", more, pk=2)])
    assert cause.heading == "These have the same name: …."


def test_the_remedy_is_said_once_without_names() -> None:
    [cause] = each_said("It waits.", "Kern", "Harbor", remedy="It goes on as soon as “{name}” is there.")
    assert cause.remedy == "It goes on as soon as “…” is there."


def test_other_sentences_codes_and_remedies_are_other_causes() -> None:
    causes = causes_of(
        [
            told("Kern", "It waits."),
            told("Kern", "It rests.", pk=2),
            told("Kern", "It waits.", code="other", pk=3),
            told("Kern", "It waits.", remedy="Do something else.", pk=4),
        ]
    )
    assert len(causes) == 4


def test_the_most_frequent_cause_comes_first() -> None:
    rests, waits = told("Kern", "A rests."), told("Kern", "B waits.", pk=2)
    causes = causes_of([rests, waits, told("Harbor", "B waits.", pk=3)])
    assert [one.members for one in causes] == [(2, 3), (1,)]


def test_a_cause_keeps_its_key_whoever_has_it() -> None:
    sentence = "QuickBooks already uses the name “{name}”."
    [now], [later] = each_said(sentence, "Kern", "Harbor"), each_said(sentence, "Somebody Else")
    assert now.key == later.key


def test_nothing_waits_for_nothing() -> None:
    assert causes_of([]) == []
