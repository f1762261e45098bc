"""The businesses that fill the sandboxes: business k is the same everywhere, for ever."""

from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_OWNERS = _words("""
Abbott Adler Alden Ames Archer Avery Baird Barlow Bartlett Baxter Becker Benson Bishop Blake Bowen Bradley Brandt Brewer
Briggs Burke Calder Carver Chandler Clayton Colby Conrad Cooper Corbin Crane Crosby Dalton Dawson Decker Denton Dillon
Doyle Draper Dutton Eaton Ellis Emery Everett Fallon Farley Fenton Fisher Fleming Foster Fowler Frost Fuller Galvin
Garner Gentry Gibbs Grady Graham Granger Greer Griffin Hadley Hale Hamlin Hanson Harlow Harmon Hartley Harvey Hayden
Healy Hewitt Hobart Holden Holt Hooper Howell Hudson Hurley Irving Jarvis Jensen Keating Keller Kendall Kenyon Kirby
Knox Lambert Landis Larkin Lawton Leland Lennox Lindsay Locke Logan Lowell Lyman Maddox Mallory Marlow Marsden Mather
Mercer Merrill Milton Monroe Morley Morton Nash Nelson Newell Nolan Norris Norton Ogden Osborn Palmer Parish Paxton
Pearson Perkins Pierce Porter Preston Putnam Quigley Quinn Radford Ramsey Reagan Redding Reeves Rhodes Roland Rowe
Russell Sawyer Saxon Shelby Slater Spencer Stanton Sutton Talbot Tanner Thorpe Tilden Travis Turner Upton Vance Vaughn
Wallace Warner Webster Weston Whitman Wilder Winslow Wyatt
""")
_PLACES = _words("""
Arbor Basin Bay Beach Bend Bluff Bridge Brook Canyon Cape Chapel Cliff Coast Corner Court Cove Creek Crest Crossing Dale
Delta Dock Falls Farm Field Ford Forest Fork Garden Gate Glen Grange Green Grove Harbor Heath Hill Hollow Island Isle
Junction Knoll Lake Landing Ledge Manor Meadow Mesa Mill Mount Oak Orchard Park Pass Peak Pine Plains Point Pond Port
Prairie Ranch Rapids Reef Ridge River Rock Shore Spring Square Stone Summit Terrace Trail Valley View Village Woods
""")
_KINDS = _words("""
Advanced American Best Central Certified Classic Coastal Complete Custom Diamond Direct Discount Eastern Elite Express
Family First Global Golden Heritage Liberty Local Metro Modern National Northern Pacific Pioneer Precision Premier Prime
Quality Reliable Royal Select Signature Southern Standard Superior United Western
""")
_TRADES = _words("""
Apparel Appliance Auto Bakery Books Builders Cabinets Catering Coffee Dental Design Electric Events Fabrics Fencing
Flooring Flowers Foods Freight Glass Hardware Imports Interiors Irrigation Kitchens Lighting Logistics Lumber Marine
Masonry Medical Motors Nursery Optical Packaging Painting Paving Plumbing Printing Produce Roofing Security Signs Solar
Staffing Supply Tile Tools Toys Travel
""")
_ENDINGS = ("LLC", "Inc", "", "Co", "")
_FIRST_NAMES = _words("""
Alan Alice Amy Andrew Anita Barbara Brian Carla Carol Craig Dana David Diane Donald Edward Elena Eric Frank George
Grace Helen Ian Irene James Janet Jason Joan Julia Karen Keith Laura Linda Marcus Maria Mark Nancy Neil Oscar Paula
Peter Rachel Robert Rosa Samuel Sarah Steven Teresa Thomas Victor Wendy
""")
_STREETS = _words("""
Aspen Birch Broad Canal Cedar Center Cherry Chestnut Church College Commerce Depot Elm Franklin Front Harrison Hickory
Highland Jackson Jefferson Juniper Lafayette Laurel Liberty Lincoln Locust Madison Magnolia Main Maple Market Mulberry
Oak Pearl Pine Poplar Railroad Sherman Spruce State Sycamore Union Walnut Washington Water Willow
""")
_ROADS = ("St", "Ave", "Blvd", "Rd", "Dr", "Ln", "Way")
_CITIES = (
    ("Akron", "OH", "443", "330"),
    ("Albany", "NY", "122", "518"),
    ("Albuquerque", "NM", "871", "505"),
    ("Austin", "TX", "787", "512"),
    ("Baltimore", "MD", "212", "410"),
    ("Boise", "ID", "837", "208"),
    ("Boston", "MA", "021", "617"),
    ("Buffalo", "NY", "142", "716"),
    ("Charlotte", "NC", "282", "704"),
    ("Chicago", "IL", "606", "312"),
    ("Cleveland", "OH", "441", "216"),
    ("Dallas", "TX", "752", "214"),
    ("Denver", "CO", "802", "303"),
    ("Detroit", "MI", "482", "313"),
    ("Fresno", "CA", "937", "559"),
    ("Hartford", "CT", "061", "860"),
    ("Houston", "TX", "770", "713"),
    ("Kansas City", "MO", "641", "816"),
    ("Little Rock", "AR", "722", "501"),
    ("Madison", "WI", "537", "608"),
    ("Memphis", "TN", "381", "901"),
    ("Miami", "FL", "331", "305"),
    ("Milwaukee", "WI", "532", "414"),
    ("Minneapolis", "MN", "554", "612"),
    ("Nashville", "TN", "372", "615"),
    ("Oklahoma City", "OK", "731", "405"),
    ("Omaha", "NE", "681", "402"),
    ("Orlando", "FL", "328", "407"),
    ("Philadelphia", "PA", "191", "215"),
    ("Phoenix", "AZ", "850", "602"),
    ("Pittsburgh", "PA", "152", "412"),
    ("Portland", "OR", "972", "503"),
    ("Raleigh", "NC", "276", "919"),
    ("Richmond", "VA", "232", "804"),
    ("Sacramento", "CA", "958", "916"),
    ("Salt Lake City", "UT", "841", "801"),
    ("San Diego", "CA", "921", "619"),
    ("Seattle", "WA", "981", "206"),
    ("St. Louis", "MO", "631", "314"),
    ("Tucson", "AZ", "857", "520"),
)

LIMIT = 10_000_000
"""Names are unique for every index below this."""

# A prime stride larger than the number of names visits every one of them once, and sends neighbours far apart.
_STRIDE = 1_000_000_007
_NUMBERS = 8_000_000


@dataclass(frozen=True, slots=True)
class Business:
    """A plausible US business; every text is ASCII and fits both systems without being cut."""

    name: str
    phone: str
    fax: str
    street: tuple[str, ...]
    city: str
    state: str
    postal_code: str
    country: str
    account_number: str
    email: str
    first_name: str
    last_name: str


def business(index: int) -> Business:
    """Return business `index` (0 ≤ index < LIMIT); raises ValueError outside that range."""
    if not 0 <= index < LIMIT:
        raise ValueError(f"business {index} does not exist; choose an index from 0 to {LIMIT - 1}.")
    name, owner = _name(index)
    city, state, zip_prefix, area = _CITIES[index * 7 % len(_CITIES)]
    first_name = _FIRST_NAMES[index * 11 % len(_FIRST_NAMES)]
    return Business(
        name=name,
        phone=_number(area, index * 2),
        fax=_number(area, index * 2 + 1),
        street=_street(index),
        city=city,
        state=state,
        postal_code=f"{zip_prefix}{index * 13 % 100:02d}",
        country="USA",
        account_number=f"A-{index + 1:07d}",
        email=f"{first_name.lower()}@{_domain(name)}.example",
        first_name=first_name,
        last_name=owner,
    )


def _name(index: int) -> tuple[str, str]:
    """Return the business's name and its owner's surname: one word of each list, so no two indexes share all four."""
    rest = index * _STRIDE % (len(_OWNERS) * len(_PLACES) * len(_KINDS) * len(_TRADES))
    rest, owner = divmod(rest, len(_OWNERS))
    rest, place = divmod(rest, len(_PLACES))
    kind, trade = divmod(rest, len(_TRADES))
    words = f"{_OWNERS[owner]} {_PLACES[place]} {_KINDS[kind]} {_TRADES[trade]}"
    ending = _ENDINGS[index % len(_ENDINGS)]
    whole = f"{words} {ending}".strip()
    return (whole if len(whole) <= 41 else words), _OWNERS[owner]


def _number(area: str, serial: int) -> str:
    exchange, line = divmod(serial * 7_777_777 % _NUMBERS, 10_000)
    return f"({area}) {200 + exchange}-{line:04d}"


def _street(index: int) -> tuple[str, ...]:
    first = f"{100 + index * 37 % 9800} {_STREETS[index * 17 % len(_STREETS)]} {_ROADS[index % len(_ROADS)]}"
    return (first, f"Suite {100 + index % 800}") if index % 3 == 0 else (first,)


def _domain(name: str) -> str:
    return "-".join(name.lower().split())
