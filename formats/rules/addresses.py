"""Address rules: structured, hybrid, and the end of free lines, whose date is data."""

from collections.abc import Iterator

from formats.codes.countries import COUNTRIES, SEPA_OUTSIDE_EEA
from formats.findings import Severity
from formats.initiation import Address, Agent, CreditTransfer, Initiation, Party
from formats.rules.context import Context, Place
from formats.rules.engine import Found, Scope, rule
from formats.rules.places import ADDRESS_TAGS

SPS = "Swiss Payment Standards, Implementation Guidelines 2.2 (2025)"
ADDRESS_LINES_MAX = 2
ADDRESS_LINE_CHARACTERS_MAX = 70
PLACEHOLDERS = frozenset({"N/A", "NA", "NONE", "UNKNOWN", "NOTPROVIDED", "NOT PROVIDED", "TBD", "XXX", "X", "-", "."})
"""What people type when a field insists; never a town."""
OFTEN_MISTAKEN = {"UK": "GB", "EL": "GR", "EN": "GB", "SU": "RU"}
NEWER_FIELDS = ("building_name", "floor", "post_box", "room", "town_location", "district")
"""Fields the address of pain.001.001.03 does not have."""


def structured(address: Address) -> bool:
    """Whether any structured field but the country is filled."""
    if address.town or address.street or address.post_code:
        return True
    return any(getattr(address, field) for field, _ in ADDRESS_TAGS)


@rule(
    "ADR-01",
    source=f"{SPS}, CH21; CBPR+ SR2025; Fedwire FAQ",
    severity=Severity.BLOCK,
    scope=Scope.ADDRESS,
    advice="Add the missing field, or leave the whole address out where the scheme lets you.",
)
def town_and_country(place: Place[Address], _context: Context) -> Iterator[Found]:
    """An address that is given in fields has a town and a country."""
    address = place.value
    if not structured(address):
        return
    for text, tag, word in ((address.town, "TwnNm", "town"), (address.country, "Ctry", "country")):
        if not text:
            yield Found(f"{place.path}/{tag}", f"The {word} is missing; it is required whenever an address is given.")


@rule(
    "ADR-02",
    source="EPC153-22 v2.1; CBPR+; Fedwire; Swiss business rules 3.2; dates are policy",
    severity=Severity.WARN,
    scope=Scope.ADDRESS,
    advice="Fill town and country as fields; `payhub check --fix` proposes them from the lines.",
    by_execution=True,
)
def not_only_lines(place: Place[Address], _context: Context) -> Iterator[Found]:
    """An address is not only free lines. From when a bank refuses it is the bank's policy, kept as data."""
    if place.value.lines and not structured(place.value):
        yield Found(f"{place.path}/AdrLine", "The address is only free lines; banks end taking such addresses.")


@rule(
    "ADR-03",
    source=f"{SPS}, CH17; EPC153-22",
    severity=Severity.BLOCK,
    scope=Scope.ADDRESS,
    advice="Move what is in the lines into fields of its own.",
)
def hybrid_lines(place: Place[Address], _context: Context) -> Iterator[Found]:
    """An address in fields has at most two free lines beside them, of 70 characters each."""
    lines = place.value.lines
    if structured(place.value) and len(lines) > ADDRESS_LINES_MAX:
        yield Found(f"{place.path}/AdrLine", f"At most two free address lines beside fields, not {len(lines)}.")
    for number, line in enumerate(lines, 1):
        if len(line) > ADDRESS_LINE_CHARACTERS_MAX:
            yield Found(
                f"{place.path}/AdrLine[{number}]", f"An address line has at most 70 characters, not {len(line)}."
            )


@rule(
    "ADR-04",
    source="Dutch payments association on structured addresses",
    severity=Severity.WARN,
    scope=Scope.ADDRESS,
    advice="Take out of the line what already stands in a field.",
)
def nothing_twice(place: Place[Address], _context: Context) -> Iterator[Found]:
    """What stands in a field is not repeated in a free line."""
    address = place.value
    for number, line in enumerate(address.lines, 1):
        words = line.upper().replace(",", " ").split()
        for text, word in ((address.town, "Town"), (address.post_code, "Post code"), (address.street, "Street")):
            if text and _within(text.upper().split(), words):
                yield Found(f"{place.path}/AdrLine[{number}]", f"{word} {text} is repeated in the free line.")


def _within(wanted: list[str], words: list[str]) -> bool:
    return any(words[start : start + len(wanted)] == wanted for start in range(len(words) - len(wanted) + 1))


@rule(
    "ADR-05",
    source="Dutch payments association; banks' own guides",
    severity=Severity.BLOCK,
    scope=Scope.ADDRESS,
    advice="Fill the structured fields and drop the lines.",
    on=False,
    by_execution=True,
)
def no_lines_at_all(place: Place[Address], _context: Context) -> Iterator[Found]:
    """Some banks take only fully structured addresses. Off until a bank profile switches it on."""
    if place.value.lines:
        yield Found(f"{place.path}/AdrLine", "This bank accepts only fully structured addresses.")


@rule(
    "ADR-06",
    source=f"Fedwire FAQ; {SPS}",
    severity=Severity.BLOCK,
    scope=Scope.PARTY,
    advice="Add the name of the party.",
)
def named(place: Place[Party], _context: Context) -> Iterator[Found]:
    """A party with an address has a name."""
    if place.value.address is not None and not (place.value.name or "").strip():
        yield Found(f"{place.path}/Nm", "The name for this address is missing.")


@rule(
    "ADR-07",
    source=f"{SPS}; CBPR+ SR2025, through a secondary source",
    severity=Severity.FIX,
    scope=Scope.ADDRESS,
    profiles=("swiss", "cbpr"),
    advice="Leave the address type out.",
)
def no_address_type(place: Place[Address], _context: Context) -> Iterator[Found]:
    """The address type is not used."""
    if place.value.type_code is not None:
        yield Found(f"{place.path}/AdrTp", f"The address type {place.value.type_code} is not used; it will be dropped.")


@rule(
    "ADR-08",
    source="ISO 3166-1",
    severity=Severity.BLOCK,
    scope=Scope.ADDRESS,
    advice="Use the two-letter code of the country.",
)
def country_real(place: Place[Address], _context: Context) -> Iterator[Found]:
    """A country is an assigned two-letter code."""
    country = place.value.country
    if country and country not in COUNTRIES:
        meant = OFTEN_MISTAKEN.get(country.upper())
        advice = f"Use {meant}." if meant else None
        yield Found(f"{place.path}/Ctry", f"{country} is not a country code.", advice)


@rule(
    "ADR-09",
    source="EPC153-22, through a secondary source; payhub never invents a town",
    severity=Severity.BLOCK,
    scope=Scope.ADDRESS,
    advice="Ask for the town, or leave the whole address out where the scheme lets you.",
)
def town_real(place: Place[Address], _context: Context) -> Iterator[Found]:
    """A town is a town, not a word typed to pass the check."""
    town = (place.value.town or "").strip()
    if town and (town.upper() in PLACEHOLDERS or not any(character.isalpha() for character in town)):
        yield Found(f"{place.path}/TwnNm", f"Town '{town}' looks like a placeholder.")


@rule(
    "ADR-10",
    source="schema of pain.001.001.03",
    severity=Severity.BLOCK,
    scope=Scope.ADDRESS,
    advice="Send a newer version of the file, or move the text into the street.",
)
def fields_of_the_version(place: Place[Address], context: Context) -> Iterator[Found]:
    """Building name, floor, post box, room, town location and district came after pain.001.001.03."""
    message = context.header.message or ""
    if not message.endswith((".001.03", ".002.03", ".003.03", ".001.02")):
        return
    for field, tag in ADDRESS_TAGS:
        if field in NEWER_FIELDS and getattr(place.value, field):
            yield Found(f"{place.path}/{tag}", f"Field {tag} is not available in {message}.")


@rule(
    "ADR-11",
    source="funds transfer regulation, through banks' guides",
    severity=Severity.WARN,
    profiles=("sepa-sct", "sepa-inst", "sepa-sdd"),
    advice="Give your company's address (town and country at least) in the batch.",
    by_execution=True,
)
def own_address_outside_eea(payment: CreditTransfer, context: Context) -> Iterator[Found]:
    """A payment to or from a SEPA country outside the EEA carries the address of the payer."""
    collection = context.header.collection
    account = payment.creditor_account
    country = account.iban[:2] if account is not None and account.iban else ""
    if country not in SEPA_OUTSIDE_EEA:
        return
    payer = payment.creditor if collection else context.batch.debtor
    if payer.address is None or not (payer.address.town or payer.address.lines):
        if collection:
            yield Found("Cdtr/PstlAdr", f"Collections from {country} need the payer's address (town, country).")
        else:
            text = f"Payments to {country} need your company's address (town, country)."
            yield Found("../Dbtr/PstlAdr", text)


@rule(
    "ADR-12",
    source=SPS,
    severity=Severity.INFO,
    scope=Scope.ADDRESS,
    profiles=("swiss",),
    advice="Nothing to do; do not split it by guesswork.",
)
def number_in_street(place: Place[Address], _context: Context) -> Iterator[Found]:
    """A building number inside the street name is tolerated in Switzerland."""
    address = place.value
    if address.street and not address.building_number and any(character.isdigit() for character in address.street):
        yield Found(f"{place.path}/StrtNm", f"The building number seems to be part of the street ({address.street}).")


@rule(
    "ADR-13",
    source="CBPR+ SR2025, through a secondary source",
    severity=Severity.FIX,
    scope=Scope.AGENT,
    advice="Drop the bank's address; the BIC says where it is.",
)
def no_address_beside_bic(place: Place[Agent], _context: Context) -> Iterator[Found]:
    """A bank with a BIC needs no address."""
    if place.value.bic and place.value.address is not None:
        yield Found(f"{place.path}/PstlAdr", "The bank's address is not needed beside its BIC.")


@rule(
    "ADR-14",
    source="SEB Lithuania notice; Swiss business rules 3.2: old versions end in November 2026",
    severity=Severity.BLOCK,
    scope=Scope.MESSAGE,
    advice="Send a version the bank still takes; payhub generates .09 unless the bank profile says otherwise.",
    parameters={"versions_refused": ()},
)
def version_taken(header: Initiation, context: Context) -> Iterator[Found]:
    """A bank may end taking an old version of the message; which and when is in its profile."""
    if header.message is not None and header.message in context.parameters["ADR-14"]["versions_refused"]:
        yield Found("", f"The bank no longer takes {header.message}.")
