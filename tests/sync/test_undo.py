"""Taking a change back: the earlier values stand again wherever nobody has edited since (SYNC.md, I9)."""

from dataclasses import replace

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS as MAPPING
from apatar.sync.change import Change, Operation
from apatar.sync.pairs.contacts import CONTACTS
from apatar.sync.record import Base, Record, Side
from apatar.sync.undo import Undoing, Verdict, same, take_back
from apatar.sync.values import RemoteLeaf
from tests.sync.situations import account, customer, settings

PATHS = ("Phone", "Fax", "Email", "Notes", "BillAddress.City")

TEXTS = st.sampled_from(["", "a", "b", "c", "1", "1.0", "true", "TRUE", "two  words", "two words"])
VALUES: st.SearchStrategy[RemoteLeaf] = st.one_of(st.none(), TEXTS)
HELD = st.dictionaries(st.sampled_from(PATHS), VALUES)


def a_change(
    before: dict[str, RemoteLeaf], wrote: dict[str, RemoteLeaf], operation: Operation = Operation.UPDATE
) -> Change:
    return Change(
        side=Side.QUICKBOOKS,
        object_type="Customer",
        operation=operation,
        remote_id="80-1",
        source_id="001A",
        version="16",
        fields=dict(wrote),
        before=dict(before),
        settles=Base(),
        idempotency_key="{KEY}",
    )


def stands(*layers: dict[str, RemoteLeaf]) -> Record:
    """The customer as it stands after what was written, one over the other."""
    record = customer()
    for fields in layers:
        record = replace(record, fields={**record.fields, **fields})
    return record


def written(record: Record, done: Undoing) -> Record:
    """The record once the change that takes back is written."""
    if done.change is None:
        return record
    fields = {path: value for path, value in done.change.fields.items() if not isinstance(value, tuple)}
    return replace(record, fields={**record.fields, **fields})


def undo(done: Change, current: Record | None) -> Undoing:
    return take_back(MAPPING, done, current, account(), settings())


@profile(max_examples=300)
@given(before=HELD, wrote=HELD, edits=HELD)
def test_untouched_fields_get_their_earlier_value_and_edited_ones_stay(
    before: dict[str, RemoteLeaf], wrote: dict[str, RemoteLeaf], edits: dict[str, RemoteLeaf]
) -> None:
    now = stands(before, wrote, edits)
    after = written(now, undo(a_change(before, wrote), now))
    for path in PATHS:
        is_untouched = path in wrote and same(now.fields.get(path), wrote[path])
        wanted = before.get(path) if is_untouched else now.fields.get(path)
        assert same(after.fields.get(path), wanted), path


@profile(max_examples=300)
@given(before=HELD, wrote=HELD, edits=HELD)
def test_only_what_the_change_wrote_is_written_and_with_what_stands_there_as_before(
    before: dict[str, RemoteLeaf], wrote: dict[str, RemoteLeaf], edits: dict[str, RemoteLeaf]
) -> None:
    now = stands(before, wrote, edits)
    change = undo(a_change(before, wrote), now).change
    if change is None:
        return
    assert set(change.fields) <= set(wrote)
    assert change.before == {path: now.fields.get(path) for path in change.fields}
    assert change.version == now.version
    assert not any(same(change.fields[path], change.before[path]) for path in change.fields)


@profile(max_examples=300)
@given(before=HELD, wrote=HELD, edits=HELD)
def test_taking_back_twice_changes_nothing(
    before: dict[str, RemoteLeaf], wrote: dict[str, RemoteLeaf], edits: dict[str, RemoteLeaf]
) -> None:
    now, done = stands(before, wrote, edits), a_change(before, wrote)
    after = written(now, undo(done, now))
    assert undo(done, after).change is None


@given(wrote=HELD, edits=HELD)
def test_a_record_that_was_made_is_deleted_only_where_nobody_edited_it(
    wrote: dict[str, RemoteLeaf], edits: dict[str, RemoteLeaf]
) -> None:
    now = stands(wrote, edits)
    found = undo(a_change({}, wrote, Operation.CREATE), now)
    is_edited = any(not same(now.fields.get(path), value) for path, value in wrote.items())
    assert found.verdict is (Verdict.EDITED_SINCE if is_edited else Verdict.REMOVED)
    assert (found.change is None) == is_edited


@given(before=HELD, wrote=HELD)
def test_nothing_is_done_about_a_record_that_is_gone(
    before: dict[str, RemoteLeaf], wrote: dict[str, RemoteLeaf]
) -> None:
    done = a_change(before, wrote)
    for current in (None, replace(stands(before, wrote), deleted=True)):
        assert undo(done, current) == Undoing(Verdict.GONE, "It is not in QuickBooks any more.")


@given(wrote=HELD)
def test_both_sides_agree_on_the_difference_afterwards(wrote: dict[str, RemoteLeaf]) -> None:
    """What is restored counts as agreed on, so the next run does not write it a second time."""
    before: dict[str, RemoteLeaf] = {"Phone": "555-0100"}
    wrote = {**wrote, "Phone": "555-0199"}
    source = account(Phone="555-0199")
    found = take_back(MAPPING, a_change(before, wrote), stands(before, wrote), source, settings())
    assert found.change is not None
    assert found.change.settles.quickbooks["phone"] == "555-0100"
    assert found.change.settles.salesforce["phone"] == "555-0199"


def test_marks_by_which_we_recognise_records_are_nobodys_values() -> None:
    done = a_change({}, {"ExternalGUID": "{A}"})
    assert undo(done, stands({"ExternalGUID": "{A}"})).verdict is Verdict.STAYS
    assert undo(done, stands({"ExternalGUID": "{B}"})).verdict is Verdict.STAYS


def test_a_contact_in_quickbooks_stays_because_no_program_can_delete_it() -> None:
    done = replace(a_change({}, {"FirstName": "Maria"}, Operation.CREATE), object_type="AdditionalContact")
    found = take_back(CONTACTS, done, stands({"FirstName": "Maria"}), None, settings())
    assert found.verdict is Verdict.STAYS
    assert found.change is None


def test_the_source_of_a_record_that_is_deleted_again_forgets_its_id() -> None:
    done, mark = a_change({}, {"Phone": "a"}, Operation.CREATE), "QuickBooks_ListID__c"
    claims = take_back(MAPPING, done, stands({"Phone": "a"}), account(QuickBooks_ListID__c="80-1"), settings())
    assert claims.forgets is not None
    assert (claims.forgets.side, claims.forgets.fields) == (Side.SALESFORCE, {mark: None})
    another = take_back(MAPPING, done, stands({"Phone": "a"}), account(QuickBooks_ListID__c="80-2"), settings())
    assert another.forgets is None
    assert undo(done, stands({"Phone": "a"})).forgets is None
