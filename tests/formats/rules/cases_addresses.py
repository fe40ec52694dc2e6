"""The address rules, each broken and kept."""

from dataclasses import replace
from datetime import date

from formats.initiation import Account, Address, Agent, Party
from tests.formats.rules.messages import HOME, Case, batch, message, paid_to, paying, payment

P1 = "PmtInf[1]/CdtTrfTxInf[1]"
ADDRESS = f"{P1}/Cdtr/PstlAdr"
BONN = {"town": "Bonn", "country": "DE"}
BRITISH = Account(iban="GB29NWBK60161331926819")

CASES = [
    Case(rule="ADR-01", broken=paid_to(town="Bonn"), path=f"{ADDRESS}/Ctry"),
    Case(rule="ADR-01", says="no town", broken=paid_to(street="Weg", country="DE"), path=f"{ADDRESS}/TwnNm"),
    Case(
        rule="ADR-02",
        broken=paid_to(lines=("Weg 1", "53111 Bonn"), country="DE"),
        fine=paid_to(**BONN, lines=("Weg 1",)),
        path=f"{ADDRESS}/AdrLine",
    ),
    Case(
        rule="ADR-03",
        broken=paid_to(**BONN, lines=("a", "b", "c")),
        fine=paid_to(**BONN, lines=("a", "b")),
        path=f"{ADDRESS}/AdrLine",
    ),
    Case(
        rule="ADR-03",
        says="a long line",
        broken=paid_to(**BONN, lines=("x" * 71,)),
        fine=paid_to(**BONN, lines=("x" * 70,)),
        path=f"{ADDRESS}/AdrLine[1]",
    ),
    Case(
        rule="ADR-04",
        broken=paid_to(**BONN, lines=("Weg 1, bonn",)),
        fine=paid_to(**BONN, lines=("Bonner Weg 1",)),
        path=f"{ADDRESS}/AdrLine[1]",
    ),
    Case(
        rule="ADR-05",
        broken=paid_to(**BONN, lines=("Weg 1",)),
        overrides={"ADR-05": {"on": True}},
        path=f"{ADDRESS}/AdrLine",
    ),
    Case(rule="ADR-06", broken=paying(creditor=Party(address=HOME)), path=f"{P1}/Cdtr/Nm"),
    Case(rule="ADR-08", broken=paid_to(town="London", country="UK"), path=f"{ADDRESS}/Ctry"),
    Case(rule="ADR-09", broken=paid_to(town="N/A", country="DE"), path=f"{ADDRESS}/TwnNm"),
    Case(rule="ADR-09", says="no letters", broken=paid_to(town="123", country="DE"), path=f"{ADDRESS}/TwnNm"),
    Case(
        rule="ADR-10",
        broken=replace(paid_to(**BONN, floor="3"), message="pain.001.001.03"),
        fine=paid_to(**BONN, floor="3"),
        path=f"{ADDRESS}/Flr",
    ),
    Case(
        rule="ADR-11",
        broken=message(batch(payment(creditor_account=BRITISH), debtor=Party(name="Payer AG"))),
        fine=paying(creditor_account=BRITISH),
        profile="sepa-sct",
        path="PmtInf[1]/Dbtr/PstlAdr",
    ),
    Case(
        rule="ADR-11",
        says="of a collection",
        broken=message(
            batch(payment(creditor_account=BRITISH, creditor=Party(name="A")), method="DD"), collection=True
        ),
        fine=message(batch(payment(creditor_account=BRITISH), method="DD"), collection=True),
        profile="sepa-sdd",
        path="PmtInf[1]/DrctDbtTxInf[1]/Dbtr/PstlAdr",
    ),
    Case(
        rule="ADR-12",
        broken=paid_to(**BONN, street="Weg 1"),
        fine=paid_to(**BONN, street="Weg", building_number="1"),
        profile="swiss",
        path=f"{ADDRESS}/StrtNm",
    ),
    Case(
        rule="ADR-13",
        broken=paying(creditor_agent=Agent(bic="DEUTDEFF", address=Address(**BONN))),
        fine=paying(creditor_agent=Agent(name="Bank", address=Address(**BONN))),
        path=f"{P1}/CdtrAgt/FinInstnId/PstlAdr",
    ),
    Case(
        rule="ADR-14",
        broken=message(message="pain.001.001.03"),
        overrides={"ADR-14": {"versions_refused": ["pain.001.001.03"]}},
    ),
    Case(
        rule="ADR-14",
        says="from a day on",
        broken=message(message="pain.001.001.03"),
        overrides={"ADR-14": [{"versions_refused": ["pain.001.001.03"], "from": "2026-11-15"}]},
        as_of=date(2026, 11, 15),
    ),
]
