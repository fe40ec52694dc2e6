"""Who acts on a reason, and whether trying again helps: market practice; a bank's own guide outranks it."""

from typing import NamedTuple

from formats.codes import code_set


class Action(NamedTuple):
    """``retry``: N no, F after a correction as a new payment, L later unchanged, A ask first, - nothing to repeat."""

    who: str
    retry: str
    more: str = ""


AP = "Accounts payable"
ASK_THE_BANK = Action("Operations: read the bank's text, and ask the bank where it says nothing.", "A")
SIGNATURES = Action("Treasury administration: put signatures, keys and mandates right with the bank.", "A")
_TABLE: tuple[tuple[str, Action], ...] = (
    ("AC01", Action(f"{AP}: correct the IBAN with the payee; call back, never by e-mail.", "F")),
    ("AC02", Action("Treasury: correct the number of your own account.", "F")),
    ("AC03", Action(f"{AP}: correct the payee's account number.", "F")),
    ("AC04 AC07", Action(f"{AP}: get the new account, verify it anew, block the old one in the vendor master.", "F")),
    ("AC05", Action("Treasury: your own account is closed; pay from another.", "F")),
    ("AC06", Action(f"{AP}: contact the payee; if the account is yours, the bank.", "A")),
    ("AC08 AC12 AC13 AC14 AC16", Action(f"{AP}: complete the account details.", "F")),
    ("AC09 AC10 AC11", Action(f"{AP}: pick the right account or currency.", "F")),
    ("AC15", Action(f"{AP}: update the vendor master after calling back.", "F")),
    ("AG01 AG02 AG08", Action("Treasury: look at the contract for this account with the bank.", "A")),
    ("AG03 AG10 AG11", Action("Treasury: use another kind of payment, for instance a plain transfer.", "F")),
    ("AG07", Action("Treasury: check the funding; this often hides a lack of money.", "L")),
    ("AGNT CNOR DNOR RC01 RC02 RC03 RC04 RC05 RC06 RC07 RC08 RC09 RC10 RC11 AG04 AG05 AG06",
     Action(f"{AP}: correct the bank of the payee (BIC or clearing code).", "F")),
    ("AM01 AM11 AM12 AM22", Action("The ERP or payhub: correct the amount.", "F")),
    ("AM02 AM13 AM14 AM21 AM23", Action("Treasury: have the limit raised, or split it under dual control.", "A")),
    ("AM03 CURR", Action("Treasury: choose another currency or another bank.", "F")),
    ("AM04", Action("Treasury: fund the account and send again before the cut-off.", "L")),
    ("AM05 DUPL", Action(f"{AP}: look for the first one; only if truly separate, pay under new references.", "A",
                         "For a file it means the file, for a payment the payment.")),
    ("AM06 AM09 AM15", Action(f"{AP}: check the amount with the payee.", "A")),
    ("AM07", Action("Compliance only: authorities hold the money.", "A")),
    ("AM10 AM16 AM17 AM18 AM19 AM20", Action("Operations: find out whether the file was changed; make it anew.", "F")),
    ("BE01", Action(f"{AP}: suspect fraud first; call the payee back.", "A")),
    ("BE04 BE11 BE14 BE17 BE20 BE21 BE22 BE05 BE06 BE09 BE12 BE15 BE18 BE23",
     Action(f"{AP}: complete the payee (name, town and country as fields, identification).", "F")),
    ("BE07 BE08 BE10 BE13 BE16", Action("Treasury: complete your own name and address.", "F")),
    ("BE19", Action("Treasury: choose the charge option of the scheme.", "F")),
    ("CH03 CH04 DT01 DT02 DT03 DT04 DT05 EDNA", Action("Treasury: choose another execution date.", "F")),
    ("CH07 CH09 CH10 CH11 CH12 CH13 CH14 CH15 CH16 CH17 CH20 CH21 CH22 FF01 FF02 FF03 FF04 FF05 FF06 FF07 FF08 FF09",
     Action("The payhub team: correct the bank's profile, then make the file anew.", "F")),
    ("DT06 CH19", Action("Treasury: expect the money on the new date.", "-", "The payment is accepted.")),
    ("CUST DS02", Action("Nobody: it was cancelled on your side.", "N")),
    ("DS04 DS0A DS0B DS0C DS0D DS0E DS0F DS0G DS0H DS0K DS10 DS11 DS12 DS13 DS14 DS16 DS17 DS19 DS20 DS21 DS22 DS23",
     SIGNATURES),
    ("DS26 DS27", SIGNATURES),
    ("DS24", Action("Signatories: sign in time; the file must be sent again.", "F")),
    ("DU01 DU02 DU03 DU04 DU05 RF01", Action("Operations: was the first one processed? Never just renumber.", "A")),
    ("ED05 ED06 AB01 AB02 AB03 AB04 FF10", Action("The bank: wait, then send it unchanged.", "L")),
    ("AB05 AB06 AB07 AB08 AB09 AB10 AB11",
     Action("Operations: wait for a final status; do not pay again before.", "L", "The outcome may still be open.")),
    ("FR01 FRAD", Action("Security: treat it as an incident.", "N")),
    ("G000 G001 G002 G003 G004 G005 G006", Action("Nobody: the payment is on its way.", "-")),
    ("ID01 TA01 TD02 TD03", Action("Operations: look at the transmission.", "A")),
    ("TD01 DS01 DS05 DS06 DS07 TS04", Action("Nobody for now.", "-")),
    ("TS01", Action("Nobody.", "-", "This is the transmission only, not an acceptance.")),
    ("MD01 MD02 MD05 MD06 MD07", Action("Accounts receivable: clear the mandate with the payer.", "N")),
    ("MS02 MS03", Action("Treasury: phone the bank; often privacy forbids to say more.", "A")),
    ("NARR", Action("Read the bank's text: the reason is there.", "A")),
    ("NOAS NOOR ARDT FOCR", Action("Operations: look at the recall this belongs to.", "-")),
    ("RR01 RR02 RR03", Action(f"{AP}: complete names, addresses and identification.", "F")),
    ("RR04", Action("Compliance only: sanctions or money-laundering checks; the bank may not explain.", "A",
                    "Never retry by itself, and restrict who sees it.")),
    ("RR05 RR06 RR07 RR08 RR09 RR10 RR11 RR12", Action("Accounts payable and the payhub team: complete it.", "F")),
    ("SL01 SL02 SL03 SL11 SL12 SL13 SL14 SL15 SL16 SL17 SL18",
     Action("Treasury: the customer's own lists or limits refuse it; talk to the payee or payer.", "A")),
    ("TM01", Action("Treasury: it goes the next day, or by another route.", "L")),
)  # fmt: skip
ACTIONS: dict[str, Action] = {code: action for codes, action in _TABLE for code in code_set(codes)}
"""By reason code; codes of narrow use (requests-to-pay, tokens) are not listed and get the general advice."""


def action_of(code: str) -> Action | None:
    """Who acts on a status or return reason; None where nothing special is known."""
    return ACTIONS.get(code)
