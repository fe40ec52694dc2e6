"""Rules about accounts, banks, company ids and texts wherever they stand."""

from collections.abc import Iterator

from formats.codes.iban_lengths import EXPERIMENTAL_IBAN_LENGTHS
from formats.errors import InvalidValue
from formats.findings import Severity
from formats.initiation import Account, Agent, Party
from formats.rules.context import Context, Place
from formats.rules.engine import Found, Scope, rule
from formats.rules.texts import length_after_replacement
from formats.values import Bic, Iban, Lei, iban_problem

TEXT_LIMITS = {"name": 140, "address line": 70, "remittance": 140}
"""Characters the standard itself allows; schemes may allow fewer."""


@rule(
    "GEN-002",
    source="CGI-MP handbook of November 2025, through a secondary source",
    severity=Severity.FIX,
    scope=Scope.TEXT,
    advice="Leave the field out where there is nothing to say.",
)
def no_blank_text(place: Place[str], _context: Context) -> Iterator[Found]:
    """A field that is present says something; a blank one is dropped, or where it is mandatory, refused."""
    if not place.value.strip():
        needed = place.role == "name" and place.path in ("Cdtr/Nm", "Dbtr/Nm")
        yield Found(
            place.path,
            f"Field {place.path.rpartition('/')[2]} is present but empty.",
            "Fill it in." if needed else None,
            Severity.BLOCK if needed else None,
        )


@rule(
    "GEN-012",
    source="EPC217-08, through a secondary source",
    severity=Severity.BLOCK,
    scope=Scope.TEXT,
    advice="Shorten the text in the ERP.",
)
def length_after_transliteration(place: Place[str], _context: Context) -> Iterator[Found]:
    """Lengths are measured after special characters are replaced, which lengthens some."""
    limit = TEXT_LIMITS.get(place.role)
    if limit is None or len(place.value) * 2 <= limit:
        return
    length = length_after_replacement(place.value)
    if length > limit:
        yield Found(
            place.path, f"After replacing special characters this {place.role} is {length} characters; limit {limit}."
        )


@rule(
    "GEN-020",
    source="ISO 13616",
    severity=Severity.BLOCK,
    scope=Scope.ACCOUNT,
    advice="Retype the IBAN from the invoice, or call the supplier on a number you know.",
)
def iban_right(place: Place[Account], _context: Context) -> Iterator[Found]:
    """An IBAN has a country that uses IBANs, that country's length, and right check digits."""
    iban = place.value.iban
    if iban is None:
        return
    problem = iban_problem(iban)
    if problem is None:
        if iban[:2] in EXPERIMENTAL_IBAN_LENGTHS:
            text = f"{iban[:2]} is not in the IBAN registry; banks abroad may not know its IBANs."
            yield Found(f"{place.path}/Id/IBAN", text, "Ask the payee's bank whether to use it.", Severity.WARN)
        return
    path = f"{place.path}/Id/IBAN"
    try:
        Iban(iban)
    except InvalidValue:
        yield Found(path, f"IBAN {iban}: {problem}")
    else:
        yield Found(path, f"IBAN '{iban}' must be written in capitals without blanks.", "Export it compact.")


@rule(
    "GEN-021",
    source="ISO 9362:2022",
    severity=Severity.BLOCK,
    scope=Scope.AGENT,
    advice="Correct the BIC, or leave it out where the IBAN is enough.",
)
def bic_form(place: Place[Agent], _context: Context) -> Iterator[Found]:
    """A BIC has 8 or 11 characters: four of the bank (digits allowed), its country, place and branch."""
    bic = place.value.bic
    if bic is None or bic == "NOTPROVIDED":
        return
    try:
        Bic(bic)
    except InvalidValue:
        said = "is not 8 or 11 characters" if len(bic) not in (8, 11) else "is not formed as a BIC"
        yield Found(f"{place.path}/BICFI", f"BIC {bic} {said}.")


@rule(
    "GEN-022",
    source="EPC customer-to-bank guidelines 2025, through a secondary source",
    severity=Severity.FIX,
    scope=Scope.AGENT,
    advice="Put NOTPROVIDED into FinInstnId/Othr/Id, where it is a word and not a bank.",
)
def placeholder_is_no_bic(place: Place[Agent], _context: Context) -> Iterator[Found]:
    """The word NOTPROVIDED is never a BIC, although it has eleven letters."""
    if place.value.bic == "NOTPROVIDED":
        yield Found(f"{place.path}/BICFI", "The placeholder NOTPROVIDED stands where the BIC belongs.")


@rule(
    "GEN-024",
    source="ISO 17442",
    severity=Severity.BLOCK,
    scope=Scope.PARTY,
    advice="Look the LEI up in the public register.",
)
def lei_right(place: Place[Party], _context: Context) -> Iterator[Found]:
    """A legal entity identifier has 20 characters and right check digits."""
    lei = place.value.lei
    if lei is None:
        return
    try:
        Lei(lei)
    except InvalidValue:
        yield Found(f"{place.path}/Id/OrgId/LEI", f"LEI {lei} has a wrong length or check digit.")
