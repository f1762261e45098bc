"""What new records say of sales tax by themselves, in a company that charges it."""

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields
from apatar.sandbox.quickbooks.features import features
from apatar.sandbox.quickbooks.markup import Node, element, parsed, text_of
from apatar.sandbox.quickbooks.references import point
from apatar.sandbox.quickbooks.store import Row

TAXABLE = "Tax"


def tax_item(books: Books, fields: Fields) -> None:
    """A new item is taxable (captured: ItemInventoryAdd of a product)."""
    if features(books.store).sales_tax:
        _point(fields, "SalesTaxCodeRef", books.store.by_full_name(("SalesTaxCode",), TAXABLE))


def tax_customer(books: Books, fields: Fields) -> None:
    """A new customer is taxable at the usual rate; a job takes the tax item of its customer, and no code.

    Inferred from captured customers: of 64, all have the code and all but one a tax item; of 82 jobs, all have the tax
    item and 60 no code.
    """
    known = features(books.store)
    if not known.sales_tax:
        return
    if "ParentRef" not in fields:
        _point(fields, "SalesTaxCodeRef", books.store.by_full_name(("SalesTaxCode",), TAXABLE))
        _point(fields, "ItemSalesTaxRef", books.store.by_full_name(("ItemSalesTax",), known.tax_item))
        return
    above = books.store.by_id(("Customer",), text_of(fields["ParentRef"][0], "ListID"))
    inherited = text_of(parsed(above.body), "ItemSalesTaxRef/ListID") if above else ""
    _point(fields, "ItemSalesTaxRef", books.store.by_id(("ItemSalesTax", "ItemSalesTaxGroup"), inherited))


def _point(fields: Fields, name: str, row: Row | None) -> None:
    if row is not None and name not in fields:
        ref: Node = element(name)
        point(ref, row)
        fields[name] = [ref]
