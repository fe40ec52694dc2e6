"""What readers may find beside the rules: codes, what they mean, and who acts. Rules have their own registry."""

from formats.codes import named

_BANK = "Operations: ask the bank to send it again, or to mend it."
_ERP = "Whoever made the file: correct it and export it again."
_NOBODY = "Nobody: it is only said."

READING_FINDINGS: dict[str, str] = named("""
BAL-02 Opening balance and the closing balance before differ
BAL-03 Opening balance and entries do not make the closing balance
BAL-04 A statement is missing between two others: their balances do not follow
CAMT-01 An element the statement model does not keep
CAMT-02 A value of the statement cannot be read
CAMT-03 More findings than are listed
CAMT-04 The message holds no statement
ENT-04 An entry with a negative amount
ENT-02 An entry that is pending, not booked
ENT-08 The batch an entry stands for does not agree with it
ENT-09 The details of a batch entry do not add up to it
FLAT-MORE More problems in the table than are listed
GEN-000 A message rules are not made for
JSON-MORE More problems in the document than are listed
LV-05 The bank reported a part of this batch only
LV-07 The bank's report contradicts itself
LV-08 The report names no status at any level
LV-15 A status of the batch that is not each payment's
LV-ORDER A status stands behind the payments it belongs to
MT-02 A second account line in one statement
MT-05 An entry of the statement cannot be read
MT-06 A date of the statement does not exist
MT-11 A balance of the statement cannot be read, or contradicts
MT-12 The text of an entry could not be split into fields
MT-17 Counts or sums of an interim report do not agree
MT-19 One sum for several payments, without saying which
SEQ-01 The number of the statement does not follow the one before
SEQ-03 The statement is a copy or a duplicate
SEQ-04 Pages of the statement or message are missing
SEQ-05 Totals the bank gives differ from the entries
ST-BLCK The money is frozen: neither paid nor returned
ST-UNK The bank sent a status nobody knows
XML-ORDER An element stands where it was not read any more
XML-UNREAD An element payhub does not carry
XML-VALUE A value that cannot be read
XSD A violation of the schema
XSD-01 A violation of the schema
XSD-02 No schema to check against
XSD-NONE No schema to check against
""")
"""Code to what it means."""
WHO_ACTS: dict[str, str] = {
    **dict.fromkeys(("XML-VALUE", "XML-ORDER", "XML-UNREAD", "FLAT-MORE", "JSON-MORE"), _ERP),
    **dict.fromkeys(("CAMT-01", "CAMT-03", "GEN-000", "LV-05", "LV-15", "XSD-02", "XSD-NONE"), _NOBODY),
    "ST-BLCK": "Treasury and compliance: call the bank; do not pay again.",
    "ST-UNK": "Operations: ask the bank what it means; the payment's state is unchanged.",
}
"""By code; the others are for the bank."""
FOR_THE_BANK = _BANK
