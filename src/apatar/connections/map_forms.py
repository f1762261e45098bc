"""The forms of the map: one field, one pair of objects, and the choices of the whole connection."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from apatar.sync.custom_map import ITEM_DEFAULTS, ITEM_TYPES, ORDER_DOCUMENTS, OWN_TABLES, Map, directions_of
from apatar.sync.field import ALTERNATIVE, Direction, Field, Mode, Owner
from apatar.sync.findings import Finding
from apatar.sync.map_diff import DIRECTION_WORDS, MISSING_WORDS, MODE_WORDS, OWNER_WORDS
from apatar.sync.map_fields import ADDED_KINDS, EXPRESSIONS, MOST_PLACES, keys_of
from apatar.sync.mapping import Missing, ObjectMapping
from apatar.sync.pairs import DOCUMENTS
from apatar.sync.values import Kind

KIND_WORDS = {
    Kind.TEXT: "Text", Kind.LONG_TEXT: "Text of several lines", Kind.PHONE: "Telephone number", Kind.EMAIL: "E-mail",
    Kind.MONEY: "Amount of money", Kind.NUMBER: "Number", Kind.DATE: "Date", Kind.BOOLEAN: "Yes or no",
}  # fmt: skip
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
NOT_MOVED = frozenset({Kind.STREET, Kind.REFERENCE, Kind.LINES})
NOT_FORMED = frozenset({Kind.REFERENCE, Kind.LINES})
_SECTION = re.compile(r"\[([^\]]+)\]")


def _choices(words: Mapping[Any, str], offered: Iterable[Any]) -> list[tuple[str, str]]:
    return [(one.value, words[one][:1].upper() + words[one][1:]) for one in offered]


def _expression(label: str, help_text: str) -> forms.CharField:
    widget = forms.Textarea(attrs={**PLAIN, "rows": 2, "class": "expression"})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=2_000, widget=widget)


class MapForm(forms.Form):
    """What every form of the map has: the reason, and the findings shown where they belong."""

    note = forms.CharField(
        label="Why",
        required=False,
        max_length=200,
        help_text="Kept with the version, for whoever wonders later.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def show(self, findings: Iterable[Finding], *, field: str = "") -> None:
        """Put each finding beside what it is about; those about something else go on top."""
        for one in findings:
            here = one.attribute if one.field == field and one.attribute in self.fields else None
            self.add_error(here, one.alone if here else str(one))


class FieldForm(MapForm):
    """One field: where it stands on both sides, which way it goes, and what it becomes."""

    label = forms.CharField(label="Name of the field here", max_length=80, widget=forms.TextInput(attrs=PLAIN))
    salesforce = forms.CharField(
        label="Field in Salesforce",
        required=False,
        max_length=255,
        help_text="Its API name; type a part of the name to choose. A constant may leave the side it comes from empty.",
        widget=forms.TextInput(attrs={**PLAIN, "list": "salesforce-fields"}),
    )
    quickbooks = forms.CharField(
        label="Field in QuickBooks",
        required=False,
        max_length=255,
        help_text="For a custom field: DataExt. and its name, such as DataExt.Region.",
        widget=forms.TextInput(attrs={**PLAIN, "list": "quickbooks-fields"}),
    )
    kind = forms.ChoiceField(label="What it holds", choices=_choices(KIND_WORDS, ADDED_KINDS), initial=Kind.TEXT.value)
    direction = forms.ChoiceField(
        label="Direction", choices=_choices(DIRECTION_WORDS, Direction), widget=forms.RadioSelect, initial="both"
    )
    owner = forms.ChoiceField(
        label="Where both sides changed it, this wins", choices=_choices(OWNER_WORDS, Owner), initial="shared"
    )
    mode = forms.ChoiceField(
        label="It is written",
        choices=_choices(MODE_WORDS, (Mode.OVERWRITE, Mode.ONLY_CREATE, Mode.IF_EMPTY)),
        initial="overwrite",
    )
    formula = _expression(
        "Formula or constant", "Instead of the field that is read, for a field that goes one way. A constant: 'Retail'"
    )
    when = _expression("Only where", "A condition on the record that is read: record.Type == 'Customer'")
    default = _expression("Where it is empty in a new record", "For example: 'n/a'")
    to_salesforce_as = _expression("To Salesforce as", "What the value becomes on its way: upper(value)")
    to_quickbooks_as = _expression("To QuickBooks as", "What the value becomes on its way: left(value, 20)")
    places = forms.IntegerField(label="Decimals", min_value=0, max_value=MOST_PLACES, initial=2, required=False)

    field_order = (
        "label",
        "salesforce",
        "quickbooks",
        "kind",
        "direction",
        "owner",
        "mode",
        *EXPRESSIONS,
        "places",
        "note",
    )

    def __init__(
        self, data: Any = None, *, one: Field | None = None, added: bool, of_line: bool = False, initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial if one is None else {**_said(one), **(initial or {})})
        self.one, self.added, self.of_line = one, added, of_line
        for name in self._needless():
            del self.fields[name]

    def _needless(self) -> set[str]:
        """Return what cannot be said about this field: where an address stands, or what lines become."""
        one = self.one
        needless = set() if self.added else {"kind"}
        needless |= {"when", "default"} if self.of_line else set()
        if one is None:
            return needless
        if not is_movable(one):
            needless |= {"salesforce", "quickbooks"}
        if one.kind in NOT_FORMED:
            needless |= {*EXPRESSIONS} - {"when"}
        if not self.added and one.kind not in {Kind.MONEY, Kind.NUMBER}:
            needless.add("places")
        return needless

    def words(self) -> dict[str, Any]:
        """Return what the document is to say about the field."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "note" and value is not None}
        return {"added": True, **said} if self.added else said


def is_movable(one: Field) -> bool:
    """Whether a field's places can be chosen: one on each side, and neither of them worked out by us."""
    paths = (*one.salesforce, *one.quickbooks)
    if one.kind in NOT_MOVED or len(one.salesforce) > 1 or len(one.quickbooks) > 1:
        return False
    return not any(ALTERNATIVE in path or path.startswith("@") for path in paths)


def _said(one: Field) -> dict[str, Any]:
    """Return a field as the form shows it."""
    plain = {name: getattr(one, name) for name in ("label", *EXPRESSIONS, "places")}
    words = {name: getattr(one, name).value for name in ("direction", "owner", "mode", "kind")}
    return {**plain, **words, "salesforce": "".join(one.salesforce[:1]), "quickbooks": "".join(one.quickbooks[:1])}


class PairForm(MapForm):
    """One pair of objects: on or off, direction, what it leaves alone, and which records it takes."""

    enabled = forms.BooleanField(label="Kept in step", required=False)
    direction = forms.ChoiceField(label="Direction", widget=forms.RadioSelect)
    update_only = forms.BooleanField(label="Update only: pair and update records, but make no new ones", required=False)
    match_by = forms.ChoiceField(
        label="Matched first by",
        required=False,
        help_text="Records without a counterpart that have the same value here, and nobody else has it, are linked, "
        "whatever their names. Then names are looked at.",
    )
    since = forms.DateField(
        label="Begins on",
        required=False,
        help_text="What is dated earlier is left alone. Empty: deals from the day this connection was made; else all.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    salesforce_filter = _expression("Only Salesforce records where", "For example: record.Type == 'Customer'")
    quickbooks_filter = _expression(
        "Only QuickBooks records where", "For example: record['CustomerTypeRef.FullName'] != 'Cash'"
    )

    field_order = (
        "enabled", "direction", "update_only", "match_by", "since", "salesforce_filter", "quickbooks_filter", "note",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, pair: ObjectMapping, enabled: bool) -> None:
        super().__init__(
            data,
            initial={
                "enabled": enabled,
                "direction": pair.direction.value,
                "update_only": pair.link_only,
                "match_by": pair.match_by,
                "since": pair.since,
                "salesforce_filter": pair.salesforce_filter,
                "quickbooks_filter": pair.quickbooks_filter,
            },
        )
        self.fields["direction"] = forms.ChoiceField(
            label="Direction", choices=_choices(DIRECTION_WORDS, directions_of(pair)), widget=forms.RadioSelect
        )
        keys = [(one.name, one.label) for one in keys_of(pair)]
        if isinstance(by := self.fields["match_by"], forms.ChoiceField):
            by.choices = [("", "Names only"), *keys]
        self.order_fields(self.field_order)
        if not keys:
            del self.fields["match_by"]
        if not pair.date_field:
            del self.fields["since"]

    def words(self) -> dict[str, Any]:
        said = {name: value for name, value in self.cleaned_data.items() if name != "note"}
        if "since" in said:
            said["since"] = said["since"].isoformat() if said["since"] else ""
        return said


def _account(label: str, example: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=159,
        help_text=f"Its full name in QuickBooks, such as {example}.",
        widget=forms.TextInput(attrs=PLAIN),
    )


def _lines(label: str, help_text: str) -> forms.CharField:
    widget = forms.Textarea(attrs={**PLAIN, "rows": 4, "class": "expression"})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=200_000, widget=widget)


class ChoicesForm(MapForm):
    """What holds for the whole connection: documents, missing items, the accounts of new items, look-up tables."""

    won_opportunity = forms.ChoiceField(
        label="A won opportunity becomes", choices=[(one, one) for one in DOCUMENTS], widget=forms.RadioSelect
    )
    activated_order = forms.ChoiceField(
        label="An activated order becomes", choices=[(one, one) for one in ORDER_DOCUMENTS], widget=forms.RadioSelect
    )
    missing_items = forms.ChoiceField(
        label="Where QuickBooks lacks an item of the document",
        choices=_choices(MISSING_WORDS, Missing),
        widget=forms.RadioSelect,
    )
    stand_in_item = forms.CharField(
        label="Stand-in item",
        required=False,
        max_length=159,
        help_text="Its full name in QuickBooks. Only for “use a stand-in item”.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    type = forms.ChoiceField(
        label="Type of new items",
        choices=[("", "Service, if nothing else is said"), *((one, one) for one in ITEM_TYPES)],
        required=False,
    )
    income_account = _account("Income account of new items", "Construction Income")
    expense_account = _account("Cost account of new items", "Cost of Goods Sold")
    asset_account = _account("Asset account of new stock items", "Inventory Asset")
    sales_rep_users = _lines(
        "Sales reps fixed by hand",
        "A line each: the initials in QuickBooks = the id of the user in Salesforce. Other reps are found by name.",
    )
    tables = _lines("Look-up tables", "For lookup(…) in formulas. [name of the table], then a line each: key = value")

    field_order = (
        "won_opportunity",
        "activated_order",
        "missing_items",
        "stand_in_item",
        *ITEM_DEFAULTS,
        "sales_rep_users",
        "tables",
        "note",
    )

    def __init__(self, data: Any = None, *, found: Map) -> None:
        own = {name: held for name, held in found.tables.items() if name not in OWN_TABLES}
        super().__init__(
            data,
            initial={
                "won_opportunity": found.won_opportunity,
                "activated_order": found.activated_order,
                "missing_items": found.missing_items.value,
                "stand_in_item": found.stand_in_item,
                **found.tables["item_defaults"],
                "sales_rep_users": as_lines(found.tables["sales_rep_users"]),
                "tables": as_sections(own),
            },
        )

    def clean_sales_rep_users(self) -> dict[str, str]:
        return _entries(str(self.cleaned_data["sales_rep_users"]).splitlines())

    def clean_tables(self) -> dict[str, dict[str, str]]:
        return sections(self.cleaned_data["tables"])

    def words(self) -> dict[str, Any]:
        held = self.cleaned_data
        said = {name: held[name] for name in ("won_opportunity", "activated_order", "missing_items", "stand_in_item")}
        defaults = {name: held[name] for name in ITEM_DEFAULTS if held[name]}
        return {**said, "item_defaults": defaults, "sales_rep_users": held["sales_rep_users"], "tables": held["tables"]}


class ImportForm(MapForm):
    """A file that was exported."""

    file = forms.FileField(
        label="Map (JSON)", widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"})
    )
    field_order = ("file", "note")


def as_lines(table: Mapping[str, str]) -> str:
    return "\n".join(f"{key} = {value}" for key, value in table.items())


def as_sections(tables: Mapping[str, Mapping[str, str]]) -> str:
    return "\n\n".join(f"[{name}]\n{as_lines(held)}".strip() for name, held in tables.items())


def sections(text: str) -> dict[str, dict[str, str]]:
    """Read tables written as sections. Raises ValidationError."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        heading = _SECTION.fullmatch(line.strip())
        if heading:
            name = heading.group(1).strip()
            found.setdefault(name, [])
        elif line.strip():
            if not name:
                raise forms.ValidationError(
                    f"“{line.strip()[:40]}” stands in no table. Write [name of the table] above it."
                )
            found[name].append(line)
    return {name: _entries(lines) for name, lines in found.items()}


def _entries(lines: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if not line.strip():
            continue
        key, sign, value = (part.strip() for part in line.partition("="))
        if not sign or not key:
            raise forms.ValidationError(f"“{line.strip()[:40]}” is no entry. Write key = value.")
        if key in found:
            raise forms.ValidationError(f"“{key[:40]}” is there twice. Keep one.")
        found[key] = value
    return found
