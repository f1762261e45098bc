"""What a small shop has on both sides, made by its people: the building blocks of situations."""

from tests.runs.rows import Scene
from tests.runs.trading import named

LONG_NAME = "The Honourable Company of Lighthouse Keepers and Sons of the Bay"
CLOSE_DATE = "2026-03-02"


def ref(tag: str, list_id: str) -> str:
    return f"<{tag}><ListID>{list_id}</ListID></{tag}>"


def an_income_account(scene: Scene) -> str:
    if "income" not in scene.notes:
        inside = "<Name>Sales</Name><AccountType>Income</AccountType>"
        scene.notes["income"] = scene.office.add("Account", inside)
    return scene.notes["income"]


def a_customer(scene: Scene, name: str = "Kern Lighting", inside: str = "") -> str:
    return scene.office.add("Customer", f"{named(name)}{inside}")


def a_service(scene: Scene, name: str = "Consulting", *, price: str = "120.00", desc: str = "Advice") -> str:
    inside = f"<Desc>{desc}</Desc><Price>{price}</Price>{ref('AccountRef', an_income_account(scene))}"
    return scene.office.add("ItemService", f"{named(name)}<SalesOrPurchase>{inside}</SalesOrPurchase>")


def a_group(scene: Scene, name: str, member: str) -> str:
    line = f"<ItemGroupLine>{ref('ItemRef', member)}<Quantity>2</Quantity></ItemGroupLine>"
    return scene.office.add("ItemGroup", f"{named(name)}<ItemDesc>A kit</ItemDesc>{line}")


def a_document(scene: Scene, kind: str, customer: str, item: str, *, quantity: str = "2", more: str = "") -> str:
    line = f"{ref('ItemRef', item)}<Quantity>{quantity}</Quantity>"
    head = f"{ref('CustomerRef', customer)}{more}"
    return scene.office.add(kind, f"{head}<{kind}LineAdd>{line}</{kind}LineAdd>")


def a_shop(scene: Scene) -> None:
    """One customer and one service, which stand in Salesforce as an account and a product with its price."""
    a_customer(scene)
    a_service(scene)
    scene.sync()


def a_price(scene: Scene, name: str = "Consulting") -> str:
    return scene.only_here("PricebookEntry", where=f"Name = '{name}'")


def an_opportunity(scene: Scene, name: str = "Lamps for the pier", *, account: str = "", **more: object) -> str:
    """Add an opportunity that is still open; of the only account, unless another one is named."""
    holder = account or scene.only_here("Account")
    fields = {"Name": name, "AccountId": holder, "StageName": "Prospecting", "CloseDate": CLOSE_DATE, **more}
    return scene.sales.add("Opportunity", **fields)


def a_line(scene: Scene, opportunity: str, *, price: str = "", quantity: int = 2, **more: object) -> str:
    entry = price or a_price(scene)
    unit = {} if "TotalPrice" in more or "UnitPrice" in more else {"UnitPrice": 120}
    return scene.sales.add(
        "OpportunityLineItem",
        OpportunityId=opportunity,
        PricebookEntryId=entry,
        Quantity=quantity,
        **{**unit, **more},
    )


def win(scene: Scene, opportunity: str, **more: object) -> None:
    scene.sales.change("Opportunity", opportunity, StageName="Closed Won", **more)


def a_vendor(scene: Scene, name: str) -> str:
    """Somebody else who has the name already."""
    return scene.office.add("Vendor", named(name))


def rename_vendor(scene: Scene, name: str) -> None:
    scene.office.change("Vendor", scene.only_there("Vendor"), named(name))


def a_rule_against(scene: Scene, kind: str, when: str, message: str) -> None:
    """Switch on a validation rule in Salesforce."""
    scene.world.org.faults.set(validation_rules=[{"object": kind, "when": when, "message": message}])


def no_rules(scene: Scene) -> None:
    """Switch it off; what it refused is tried again the next day."""
    scene.world.org.faults.set(validation_rules=[])
    scene.world.clock.pass_by(hours=25)
