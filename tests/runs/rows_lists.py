"""Accounts, contacts, jobs, products and prices: what happens to each, and what must then be seen."""

from collections.abc import Callable
from dataclasses import replace

from tests.runs.rows import Event, Row, Scene, Seen, in_turn, of
from tests.runs.shop import (
    CLOSE_DATE,
    LONG_NAME,
    a_customer,
    a_line,
    a_rule_against,
    a_service,
    a_vendor,
    an_income_account,
    an_opportunity,
    no_rules,
    ref,
    rename_vendor,
)

NAME = "Kern Lighting"
LONG_FIRST = "Wilhelmina Alexandrina Theodora"
GONE_HERE = "was deleted in Salesforce; in QuickBooks it is untouched"
GONE_THERE = "was deleted in QuickBooks; in Salesforce it is untouched"


def _counted(here: str, there: str) -> Callable[[Scene], tuple[int, int]]:
    return lambda scene: (len(scene.sales.all(here, "SystemModstamp")), len(scene.office.all(there)))


def _change_customer(scene: Scene, inside: str) -> None:
    scene.office.change("Customer", scene.only_there("Customer"), inside)


def _another_account(scene: Scene) -> None:
    """A side on which nothing at all is left would look emptied, and stop the run."""
    scene.sales.add("Account", Name="Harbor Tools")
    scene.sync()


def _the_customer(scene: Scene, name: str = NAME) -> str:
    [one] = [one for one in scene.office.all("Customer") if one["FullName"] == name]
    return str(one["ListID"])


def _delete_customer(scene: Scene) -> None:
    _another_account(scene)
    scene.office.delete_list("Customer", _the_customer(scene))


# Accounts and customers


def _account(scene: Scene) -> Seen:
    here = scene.sales.all("Account", "Name", "Phone", "QuickBooks_Terms__c", "QuickBooks_Sales_Rep__c")
    there = scene.office.all("Customer")
    return {**of(here[-1] if here else {}, "here"), **of(there[-1] if there else {}, "there")}


def _change_account(scene: Scene, **fields: object) -> None:
    scene.sales.change("Account", scene.only_here("Account"), **fields)


def _both_phones(scene: Scene) -> None:
    _change_customer(scene, "<Phone>555-0301</Phone>")
    scene.world.clock.pass_by(minutes=5)
    _change_account(scene, Phone="555-0302")


def _a_customer_with_terms(scene: Scene, *, active: str = "true") -> None:
    terms = scene.office.add("StandardTerms", f"<Name>Net 30</Name><IsActive>{active}</IsActive>")
    a_customer(scene, inside=ref("TermsRef", terms))


def _a_customer_with_a_rep(scene: Scene) -> None:
    employee = scene.office.add("Employee", "<FirstName>Nora</FirstName><LastName>Nobody</LastName>")
    rep = scene.office.add("SalesRep", f"<Initial>NN</Initial>{ref('SalesRepEntityRef', employee)}")
    a_customer(scene, inside=ref("SalesRepRef", rep))


ACCOUNTS = Row(
    pair="accounts_customers",
    around=(),
    see=_account,
    count=_counted("Account", "Customer"),
    made=Event(
        act=lambda scene: scene.sales.add("Account", Name=NAME, Phone="555-0101"),
        then={"there.Name": NAME, "there.CompanyName": NAME, "there.Phone": "555-0101"},
    ),
    made_on_the_other_side=Event(
        act=lambda scene: a_customer(scene, inside="<Phone>555-0101</Phone>"),
        then={"here.Name": NAME, "here.Phone": "555-0101"},
    ),
    edited_in_salesforce=Event(
        act=lambda scene: _change_account(scene, Phone="555-0202"), then={"there.Phone": "555-0202"}
    ),
    edited_in_quickbooks=Event(
        act=lambda scene: _change_customer(scene, "<Phone>555-0203</Phone>"), then={"here.Phone": "555-0203"}
    ),
    edited_on_both_sides=Event(
        act=_both_phones,
        then={"here.Phone": "555-0302", "there.Phone": "555-0302"},
        lost=("Phone", "salesforce", "555-0301"),
    ),
    deleted_in_salesforce=Event(
        act=in_turn(
            _another_account,
            lambda scene: scene.sales.delete("Account", scene.only_here("Account", where=f"Name = '{NAME}'")),
        ),
        counts=(1, 2),
        waits=(GONE_HERE,),
    ),
    deleted_in_quickbooks=Event(act=_delete_customer, counts=(2, 1), waits=(GONE_THERE,)),
    # A sales rep who is no user of Salesforce is shown by the initials; the customer waits for nobody.
    refers_to_something_missing=Event(
        act=_a_customer_with_a_rep, then={"here.Name": NAME, "here.QuickBooks_Sales_Rep__c": "NN"}
    ),
    holds_an_over_long_text=Event(
        act=lambda scene: scene.sales.add("Account", Name=LONG_NAME),
        then={"there.Name": LONG_NAME[:41].strip(), "here.Name": LONG_NAME},
        notes="Name was shortened",
    ),
    refers_to_something_inactive=Event(
        act=lambda scene: _a_customer_with_terms(scene, active="false"), then={"here.QuickBooks_Terms__c": "Net 30"}
    ),
)


# Contacts


def _contact(scene: Scene) -> Seen:
    here = scene.sales.all("Contact", "FirstName", "LastName", "Title", "Email")
    there = [one for one in scene.office.all("Customer") if "ContactsRet.0.FirstName" in one]
    seen = {name.removeprefix("ContactsRet.0."): value for name, value in there[0].items()} if there else {}
    return {**of(here[0] if here else {}, "here"), **of(seen, "there")}


def _contacts(scene: Scene) -> tuple[int, int]:
    customers = scene.office.all("Customer")
    there = [name for one in customers for name in one if name.startswith("ContactsRet.") and name.endswith("ListID")]
    return len(scene.sales.all("Contact", "Name")), len(there)


def _an_account_with_ada(scene: Scene, first: str = "Ada", **more: object) -> None:
    account = scene.sales.add("Account", Name=NAME)
    scene.sales.add("Contact", AccountId=account, FirstName=first, LastName="Kern", Title="Owner", **more)


def _change_contact(scene: Scene, **fields: object) -> None:
    scene.sales.change("Contact", scene.only_here("Contact"), **fields)


def _change_there(scene: Scene, inside: str) -> None:
    [customer] = scene.office.all("Customer")
    identity = "".join(f"<{tag}>{customer[f'ContactsRet.0.{tag}']}</{tag}>" for tag in ("ListID", "EditSequence"))
    _change_customer(scene, f"<ContactsMod>{identity}<FirstName>Ada</FirstName>{inside}</ContactsMod>")


def _both_titles(scene: Scene) -> None:
    _change_there(scene, "<JobTitle>Director</JobTitle>")
    _change_contact(scene, Title="Founder")


def _a_contact_of_a_name_in_use(scene: Scene) -> None:
    a_vendor(scene, NAME)
    _an_account_with_ada(scene)


def _a_contact_of_an_inactive_customer(scene: Scene) -> None:
    a_customer(scene, inside="<IsActive>false</IsActive>")
    scene.sync()
    scene.sales.add("Contact", AccountId=scene.only_here("Account"), FirstName="Ada", LastName="Kern", Title="Owner")


ADA = {"there.FirstName": "Ada", "there.LastName": "Kern", "there.JobTitle": "Owner"}
CONTACTS = Row(
    pair="contacts",
    around=("accounts_customers",),
    see=_contact,
    count=_contacts,
    made=Event(act=_an_account_with_ada, then=ADA),
    made_on_the_other_side=Event(
        act=lambda scene: a_customer(
            scene,
            inside="<Contacts><FirstName>Ada</FirstName><LastName>Kern</LastName><JobTitle>Owner</JobTitle></Contacts>",
        ),
        then={"here.FirstName": "Ada", "here.LastName": "Kern", "here.Title": "Owner"},
    ),
    edited_in_salesforce=Event(
        act=lambda scene: _change_contact(scene, Title="Founder"), then={"there.JobTitle": "Founder"}
    ),
    edited_in_quickbooks=Event(
        act=lambda scene: _change_there(scene, "<JobTitle>Director</JobTitle>"),
        then={"here.Title": "Owner", "there.JobTitle": "Owner"},
        lost=("Title", "salesforce", "Director"),
    ),
    edited_on_both_sides=Event(
        act=_both_titles,
        then={"here.Title": "Founder", "there.JobTitle": "Founder"},
        lost=("Title", "salesforce", "Director"),
    ),
    deleted_in_salesforce=Event(
        act=lambda scene: scene.sales.delete("Contact", scene.only_here("Contact")),
        then=ADA,
        counts=(0, 1),
        waits=(GONE_HERE,),
        why="a deletion marks, it never travels",
    ),
    # A contact goes with its customer: no message of QuickBooks deletes one alone.
    deleted_in_quickbooks=Event(
        act=_delete_customer,
        then={"here.FirstName": "Ada"},
        counts=(1, 0),
        waits=(f"“Ada Kern” {GONE_THERE}", f"“{NAME}” {GONE_THERE}"),
    ),
    refers_to_something_missing=Event(
        act=_a_contact_of_a_name_in_use,
        counts=(1, 0),
        waits=(f"“Ada Kern” waits: its account “{NAME}” has no counterpart in QuickBooks yet", "for a vendor"),
        next=Event(act=lambda scene: rename_vendor(scene, f"{NAME} (V)"), then=ADA),
    ),
    holds_an_over_long_text=Event(
        act=lambda scene: _an_account_with_ada(scene, LONG_FIRST),
        then={"there.FirstName": LONG_FIRST[:25].strip(), "here.FirstName": LONG_FIRST},
        notes="First name was shortened",
    ),
    # QuickBooks lets a customer that is not used any more have new contacts.
    refers_to_something_inactive=Event(act=_a_contact_of_an_inactive_customer, then=ADA),
)


# Main contacts, of a QuickBooks that knows no others


def _main_contact(scene: Scene) -> Seen:
    here = scene.sales.all("Contact", "FirstName", "LastName", "Email")
    there = scene.office.all("Customer")
    return {**of(here[0] if here else {}, "here"), **of(there[0] if there else {}, "there")}


def _main_contacts(scene: Scene) -> tuple[int, int]:
    there = [one for one in scene.office.all("Customer") if one.get("LastName")]
    return len(scene.sales.all("Contact", "Name")), len(there)


def _a_customer_called_after_ada(scene: Scene, inside: str = "") -> str:
    person = "<FirstName>Ada</FirstName><LastName>Kern</LastName><Email>ada@kern.example</Email>"
    return a_customer(scene, inside=f"{inside}{person}")


def _both_mails(scene: Scene) -> None:
    _change_customer(scene, "<Email>office@kern.example</Email>")
    _change_contact(scene, Email="a.kern@kern.example")


def _a_contact_that_comes_before_its_account(scene: Scene) -> None:
    a_rule_against(scene, "Account", f"Name = '{NAME}'", "No lighting, please")
    _a_customer_called_after_ada(scene)


ADA_HERE = {"here.FirstName": "Ada", "here.LastName": "Kern", "here.Email": "ada@kern.example"}
MAIN_CONTACTS = Row(
    pair="main_contacts",
    around=("accounts_customers",),
    qbxml="11.0",
    see=_main_contact,
    count=_main_contacts,
    made=Event(act=_a_customer_called_after_ada, then=ADA_HERE),
    made_on_the_other_side=Event(
        act=_an_account_with_ada,
        then={"there.Name": NAME, "there.LastName": None},
        counts=(1, 0),
    ),
    edited_in_salesforce=Event(
        act=lambda scene: _change_contact(scene, Email="a.kern@kern.example"),
        then={"there.Email": "a.kern@kern.example"},
    ),
    edited_in_quickbooks=Event(
        act=lambda scene: _change_customer(scene, "<Email>office@kern.example</Email>"),
        then={"here.Email": "ada@kern.example", "there.Email": "ada@kern.example"},
        lost=("E-mail", "salesforce", "office@kern.example"),
    ),
    edited_on_both_sides=Event(
        act=_both_mails,
        then={"here.Email": "a.kern@kern.example", "there.Email": "a.kern@kern.example"},
        lost=("E-mail", "salesforce", "office@kern.example"),
    ),
    deleted_in_salesforce=replace(CONTACTS.deleted_in_salesforce, then={"there.LastName": "Kern"}),
    deleted_in_quickbooks=CONTACTS.deleted_in_quickbooks,
    refers_to_something_missing=Event(
        act=_a_contact_that_comes_before_its_account,
        counts=(0, 1),
        waits=(f"“Ada Kern” waits: its account “{NAME}” has no counterpart in Salesforce yet", "No lighting, please"),
        next=Event(act=no_rules, then=ADA_HERE),
    ),
    holds_an_over_long_text=Event(
        act=in_turn(
            _a_customer_called_after_ada,
            lambda scene: scene.sync(),
            lambda scene: _change_contact(scene, FirstName=LONG_FIRST),
        ),
        then={"there.FirstName": LONG_FIRST[:25].strip(), "here.FirstName": LONG_FIRST},
        notes="First name was shortened",
    ),
    refers_to_something_inactive=Event(
        act=lambda scene: _a_customer_called_after_ada(scene, "<IsActive>false</IsActive>"), then=ADA_HERE
    ),
)


# Opportunities and jobs


def _job(scene: Scene) -> Seen:
    there = [one for one in scene.office.all("Customer") if "ParentRef.ListID" in one]
    here = scene.sales.all("Opportunity", "Name", "Description")
    return {**of(here[0] if here else {}, "here"), **of(there[0] if there else {}, "there")}


def _jobs(scene: Scene) -> tuple[int, int]:
    there = [one for one in scene.office.all("Customer") if "ParentRef.ListID" in one]
    return len(scene.sales.all("Opportunity", "Name")), len(there)


def _the_job(scene: Scene) -> str:
    [one] = [one for one in scene.office.all("Customer") if "ParentRef.ListID" in one]
    return str(one["ListID"])


def _change_opportunity(scene: Scene, **fields: object) -> None:
    scene.sales.change("Opportunity", scene.only_here("Opportunity"), **fields)


def _an_opportunity_of(scene: Scene, name: str = "Pier lamps") -> None:
    scene.sales.add("Account", Name=NAME)
    an_opportunity(scene, name, Description="Twelve lamps")


def _both_descriptions(scene: Scene) -> None:
    scene.office.change("Customer", _the_job(scene), "<JobDesc>Ten lamps</JobDesc>")
    _change_opportunity(scene, Description="Nine lamps")


def _a_job_in_quickbooks(scene: Scene) -> None:
    customer = a_customer(scene)
    a_customer(scene, "Pier lamps", ref("ParentRef", customer))


def _an_opportunity_of_an_inactive_customer(scene: Scene) -> None:
    a_customer(scene, inside="<IsActive>false</IsActive>")
    scene.sync()
    an_opportunity(scene, "Pier lamps", Description="Twelve lamps")


JOB = {
    "there.FullName": f"{NAME}:Pier lamps",
    "there.JobStatus": "Pending",
    "there.JobDesc": "Twelve lamps",
    "there.JobProjectedEndDate": CLOSE_DATE,
}
JOBS = Row(
    pair="opportunities_jobs",
    around=("accounts_customers",),
    see=_job,
    count=_jobs,
    made=Event(act=_an_opportunity_of, then=JOB),
    made_on_the_other_side=Event(act=_a_job_in_quickbooks, counts=(0, 1), then={"there.Name": "Pier lamps"}),
    edited_in_salesforce=Event(
        act=lambda scene: _change_opportunity(scene, Description="Nine lamps", StageName="Closed Lost"),
        then={"there.JobDesc": "Nine lamps", "there.JobStatus": "NotAwarded"},
    ),
    edited_in_quickbooks=Event(
        act=lambda scene: scene.office.change("Customer", _the_job(scene), "<JobDesc>Ten lamps</JobDesc>"),
        then={"here.Description": "Twelve lamps", "there.JobDesc": "Twelve lamps"},
        lost=("Job description", "salesforce", "Ten lamps"),
    ),
    edited_on_both_sides=Event(
        act=_both_descriptions,
        then={"here.Description": "Nine lamps", "there.JobDesc": "Nine lamps"},
        lost=("Job description", "salesforce", "Ten lamps"),
    ),
    deleted_in_salesforce=Event(
        act=in_turn(
            lambda scene: an_opportunity(scene, "Harbor lamps"),
            lambda scene: scene.sales.delete(
                "Opportunity", scene.only_here("Opportunity", where="Name = 'Pier lamps'")
            ),
        ),
        then=JOB,
        counts=(1, 2),
        waits=(GONE_HERE,),
    ),
    deleted_in_quickbooks=Event(
        act=lambda scene: scene.office.delete_list("Customer", _the_job(scene)),
        counts=(1, 0),
        waits=(GONE_THERE,),
    ),
    refers_to_something_missing=Event(
        act=in_turn(lambda scene: a_vendor(scene, NAME), _an_opportunity_of),
        counts=(1, 0),
        waits=(f"“Pier lamps” waits: its account “{NAME}” has no counterpart in QuickBooks yet", "for a vendor"),
        next=Event(act=lambda scene: rename_vendor(scene, f"{NAME} (V)"), then=JOB),
    ),
    holds_an_over_long_text=Event(
        act=lambda scene: _an_opportunity_of(scene, LONG_NAME),
        then={"there.Name": LONG_NAME[:41].strip(), "here.Name": LONG_NAME},
        notes="Name was shortened",
    ),
    refers_to_something_inactive=Event(act=_an_opportunity_of_an_inactive_customer, then=JOB),
)


# Products and items


def _product(scene: Scene) -> Seen:
    fields = ("Name", "ProductCode", "Description", "IsActive", "QuickBooks_Item_Type__c", "QuickBooks_ListID__c")
    here = scene.sales.all("Product2", *fields)
    there = scene.office.all("ItemService")
    return {**of(here[-1] if here else {}, "here"), **of(there[-1] if there else {}, "there")}


def _change_product(scene: Scene, **fields: object) -> None:
    scene.sales.change("Product2", scene.only_here("Product2"), **fields)


def _change_item(scene: Scene, inside: str) -> None:
    scene.office.change("ItemService", scene.only_there("ItemService"), inside)


def _sold(inside: str) -> str:
    return f"<SalesOrPurchaseMod>{inside}</SalesOrPurchaseMod>"


def _a_product_that_is_sold(scene: Scene, name: str, *, account: str = "Sales") -> None:
    """A product that QuickBooks does not have yet, in a deal that is to be invoiced."""
    a_customer(scene)
    scene.sync()
    product = scene.sales.add("Product2", Name=name, IsActive=True, QuickBooks_Income_Account__c=account)
    book = scene.sales.one("Pricebook2", "Name", where="IsStandard = true")["Id"]
    price = scene.sales.add("PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=120, IsActive=True)
    deal = an_opportunity(scene)
    a_line(scene, deal, price=price)
    scene.sales.change("Opportunity", deal, QuickBooks_Generate__c="Invoice")


def _another_service(scene: Scene) -> None:
    a_service(scene, "Fitting")
    scene.sync()


def _both_texts(scene: Scene) -> None:
    _change_item(scene, _sold("<Desc>Good advice</Desc>"))
    _change_product(scene, Description="Better advice")


CONSULTING = {
    "here.Name": "Consulting",
    "here.ProductCode": "Consulting",
    "here.Description": "Advice",
    "here.IsActive": True,
    "here.QuickBooks_Item_Type__c": "Service",
}
PRODUCTS = Row(
    pair="products_items",
    around=("accounts_customers", "prices_items", "opportunity_invoice"),
    see=_product,
    count=_counted("Product2", "ItemService"),
    made=Event(act=a_service, then=CONSULTING),
    made_on_the_other_side=Event(
        act=lambda scene: scene.sales.add("Product2", Name="Lamp", IsActive=True),
        counts=(1, 0),
        why="a product becomes an item as soon as a document sells it, and not before",
    ),
    edited_in_salesforce=Event(
        act=lambda scene: _change_product(scene, Description="Better advice"),
        then={"here.Description": "Advice"},
        lost=("Description", "quickbooks", "Better advice"),
    ),
    edited_in_quickbooks=Event(
        act=lambda scene: _change_item(scene, _sold("<Desc>Good advice</Desc>")),
        then={"here.Description": "Good advice"},
    ),
    edited_on_both_sides=Event(
        act=_both_texts,
        then={"here.Description": "Good advice", "there.SalesOrPurchase.Desc": "Good advice"},
        lost=("Description", "quickbooks", "Better advice"),
    ),
    deleted_in_salesforce=Event(
        act=in_turn(
            _another_service,
            lambda scene: scene.sales.delete("Product2", scene.only_here("Product2", where="Name = 'Consulting'")),
        ),
        counts=(1, 2),
        waits=(GONE_HERE,),  # and its price with it
    ),
    deleted_in_quickbooks=Event(
        act=in_turn(
            lambda scene: scene.notes.update(item=scene.only_there("ItemService")),
            _another_service,
            lambda scene: scene.office.delete_list("ItemService", scene.notes["item"]),
        ),
        counts=(2, 1),
        waits=(GONE_THERE,),
    ),
    refers_to_something_missing=Event(
        act=lambda scene: _a_product_that_is_sold(scene, "Lamp", account="Sales"),
        counts=(1, 0),
        waits=("QuickBooks has no “Sales”", "“Lamps for the pier” waits: its product “Lamp” has no counterpart"),
        next=Event(
            act=in_turn(an_income_account, lambda scene: scene.world.clock.pass_by(hours=25)),
            then={"there.Name": "Lamp", "there.SalesOrPurchase.AccountRef.FullName": "Sales"},
        ),
    ),
    holds_an_over_long_text=Event(
        act=in_turn(an_income_account, lambda scene: _a_product_that_is_sold(scene, LONG_NAME)),
        then={"there.Name": LONG_NAME[:31].strip(), "here.Name": LONG_NAME},
        notes="Item name was shortened",
    ),
    refers_to_something_inactive=Event(
        act=in_turn(
            a_service,
            lambda scene: _change_item(scene, "<IsActive>false</IsActive>"),
            lambda scene: scene.office.change("Account", an_income_account(scene), "<IsActive>false</IsActive>"),
        ),
        then={**CONSULTING, "here.IsActive": False},
    ),
)


# Prices


def _price(scene: Scene) -> Seen:
    here = scene.sales.all("PricebookEntry", "UnitPrice", "IsActive", "Product2Id")
    there = scene.office.all("ItemService")
    return {**of(here[-1] if here else {}, "here"), **of(there[-1] if there else {}, "there")}


def _change_price(scene: Scene, **fields: object) -> None:
    scene.sales.change("PricebookEntry", scene.only_here("PricebookEntry"), **fields)


def _both_prices(scene: Scene) -> None:
    _change_item(scene, _sold("<Price>130.00</Price>"))
    _change_price(scene, UnitPrice=99)


def _a_priced_product(scene: Scene) -> None:
    product = scene.sales.add("Product2", Name="Lamp", IsActive=True)
    book = scene.sales.one("Pricebook2", "Name", where="IsStandard = true")["Id"]
    scene.sales.add("PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=120, IsActive=True)


def _a_price_that_comes_before_its_product(scene: Scene) -> None:
    a_rule_against(scene, "Product2", "Name = 'Consulting'", "No advice, please")
    a_service(scene)


PRICES = Row(
    pair="prices_items",
    around=("products_items",),
    see=_price,
    count=_counted("PricebookEntry", "ItemService"),
    made=Event(act=a_service, then={"here.UnitPrice": 120, "here.IsActive": True}),
    made_on_the_other_side=Event(
        act=_a_priced_product, counts=(1, 0), why="prices come from QuickBooks, where the item has to be first"
    ),
    edited_in_salesforce=Event(
        act=lambda scene: _change_price(scene, UnitPrice=99),
        then={"here.UnitPrice": 120},
        lost=("Price", "quickbooks", "99.00"),
    ),
    edited_in_quickbooks=Event(
        act=lambda scene: _change_item(scene, _sold("<Price>130.00</Price>")), then={"here.UnitPrice": 130}
    ),
    edited_on_both_sides=Event(
        act=_both_prices,
        then={"here.UnitPrice": 130, "there.SalesOrPurchase.Price": "130.00"},
        lost=("Price", "quickbooks", "99.00"),
    ),
    deleted_in_salesforce=Event(
        act=in_turn(
            _another_service,
            lambda scene: scene.sales.delete(
                "PricebookEntry", scene.only_here("PricebookEntry", where="Name = 'Consulting'")
            ),
        ),
        counts=(1, 2),
        waits=(GONE_HERE,),
    ),
    deleted_in_quickbooks=PRODUCTS.deleted_in_quickbooks,
    refers_to_something_missing=Event(
        act=_a_price_that_comes_before_its_product,
        counts=(0, 1),
        waits=("No advice, please", "“Consulting” waits: its product “Consulting” has no counterpart in Salesforce"),
        next=Event(act=no_rules, then={"here.UnitPrice": 120}),
    ),
    # A price of five places is more than Salesforce keeps: it is rounded there once, and not written again and again.
    holds_an_over_long_text=Event(
        act=lambda scene: a_service(scene, price="12.34567"),
        then={"here.UnitPrice": 12.35, "there.SalesOrPurchase.Price": "12.34567"},
    ),
    refers_to_something_inactive=Event(
        act=in_turn(a_service, lambda scene: _change_item(scene, "<IsActive>false</IsActive>")),
        then={"here.UnitPrice": 120, "here.IsActive": False},
    ),
)

LIST_ROWS = (ACCOUNTS, CONTACTS, MAIN_CONTACTS, JOBS, PRODUCTS, PRICES)
