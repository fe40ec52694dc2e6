"""The columns a payment list may have: one payment a row, the same names in CSV and in Excel.

``COLUMNS`` is the documentation: what each column means and where it goes. A file needs the required ones; every other
may be missing or empty. Columns of a block (account, date, kind of payment) say the same in every row of the block.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the text of a column is read."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    """Never changed, not even by a blank or a leading zero."""
    AMOUNT = "amount"
    DATE = "date"
    FLAG = "flag"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; ``of_block`` where it describes the block and not the payment."""

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    of_block: bool = False
    meaning: str


def _block(name: str, meaning: str, kind: Kind = Kind.TEXT, *, required: bool = False) -> Column:
    return Column(name=name, kind=kind, required=required, of_block=True, meaning=meaning)


def _own(name: str, meaning: str, kind: Kind = Kind.TEXT, *, required: bool = False) -> Column:
    return Column(name=name, kind=kind, required=required, meaning=meaning)


_ALL = (
    _block("message_id", "Id of the whole file; the first row's counts.", Kind.IDENTIFIER),
    _block("batch_id", "Id of the block (PmtInfId); rows of one block stand together.", Kind.IDENTIFIER),
    _block("execution_date", "The day the money leaves, YYYY-MM-DD.", Kind.DATE, required=True),
    _block("debtor_name", "Who pays."),
    _block("debtor_account", "The account that is debited: an IBAN or another number.", Kind.ACCOUNT, required=True),
    _block("debtor_bic", "The bank of that account.", Kind.IDENTIFIER),
    _block("batch_booking", "true or false: one booking for the whole block.", Kind.FLAG),
    _block("service_level", "SEPA, URGP …"),
    _block("local_instrument", "INST …"),
    _block("category_purpose", "SALA, SUPP …"),
    _block("priority", "NORM or HIGH."),
    _block("charge_bearer", "SLEV, SHAR, DEBT or CRED."),
    _own("end_to_end_id", "The reference the payee sees.", Kind.IDENTIFIER, required=True),
    _own("instruction_id", "A reference for the bank only.", Kind.IDENTIFIER),
    _own("uetr", "Tracking id, a version-4 UUID.", Kind.IDENTIFIER),
    _own("amount", "Digits with a decimal point: 1234.56.", Kind.AMOUNT, required=True),
    _own("currency", "ISO 4217: EUR.", required=True),
    _own("creditor_name", "Who is paid.", required=True),
    _own("creditor_account", "The account that is credited.", Kind.ACCOUNT),
    _own("creditor_bic", "The bank of that account.", Kind.IDENTIFIER),
    _own("creditor_clearing_system", "USABA, GBDSC, CHBCC …"),
    _own("creditor_member_id", "The bank's number in that clearing system.", Kind.IDENTIFIER),
    _own("creditor_bank_name", "Name of the bank, where the clearing number alone is not enough."),
    _own("creditor_lei", "LEI of the payee.", Kind.IDENTIFIER),
    _own("creditor_street", "Street."),
    _own("creditor_building_number", "Number in the street."),
    _own("creditor_post_code", "Post code."),
    _own("creditor_town", "Town."),
    _own("creditor_country_subdivision", "State or province."),
    _own("creditor_country", "ISO 3166: DE."),
    _own("creditor_address_line_1", "First free line."),
    _own("creditor_address_line_2", "Second free line."),
    _own("ultimate_debtor_name", "On whose behalf."),
    _own("ultimate_creditor_name", "To whose benefit."),
    _own("purpose", "Purpose code."),
    _own("remittance", "Free text for the payee."),
    _own("creditor_reference", "RF… (ISO 11649) or the 27 digits of a Swiss QR bill.", Kind.IDENTIFIER),
    _own("instruction_for_debtor_agent", "A note for the paying bank."),
)
COLUMNS: dict[str, Column] = {column.name: column for column in _ALL}
"""Every column by its name."""
REQUIRED = tuple(column.name for column in _ALL if column.required)
