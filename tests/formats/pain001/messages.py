"""Initiations made for the tests, and strategies for every one the writers can carry."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from formats.initiation import (
    Account,
    Address,
    Agent,
    CreditTransfer,
    Identification,
    Initiation,
    Party,
    PaymentInformation,
    PaymentType,
    ReferredDocument,
    RegulatoryReporting,
    StructuredRemittance,
)
from formats.values import Money

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 25)
IBAN = "DE89370400440532013000"
OTHER_IBAN = "NL91ABNA0417164300"


def euro(text: str | Money) -> Money:
    return Money.parse(text, "EUR") if isinstance(text, str) else text


def transfer(end_to_end_id: str = "E2E-1", amount: str | Money = "100.00", **changes: object) -> CreditTransfer:
    facts: dict = {
        "end_to_end_id": end_to_end_id,
        "amount": euro(amount),
        "creditor": Party(name="Lieferant AG"),
        "creditor_account": Account(iban=OTHER_IBAN),
        **changes,
    }
    return CreditTransfer(**facts)


def block(*payments: CreditTransfer, **changes: object) -> PaymentInformation:
    facts: dict = {
        "id": "BLOCK-1",
        "execution_date": DAY,
        "debtor": Party(name="Muster GmbH"),
        "debtor_account": Account(iban=IBAN),
        "debtor_agent": Agent(bic="COBADEFFXXX"),
        "payments": payments or (transfer(),),
        **changes,
    }
    return PaymentInformation(**facts)


def message(*blocks: PaymentInformation, **changes: object) -> Initiation:
    facts: dict = {
        "message_id": "MSG-1",
        "created_at": AT,
        "initiating_party": Party(name="Muster GmbH"),
        "batches": blocks or (block(),),
        **changes,
    }
    return Initiation(**facts)


_letters = st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_characters="\x7f", exclude_categories=("Cc",))


def text(longest: int) -> st.SearchStrategy[str]:
    """Any text a bank might be sent: ampersands, angle brackets, umlauts; blank only inside."""
    return st.text(_letters, min_size=1, max_size=longest) | st.sampled_from(
        ["a & b", "<x>", "]]>", "é\u2019 ö", "a\rb"]
    ).filter(lambda one: len(one) <= longest)


def maybe(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | strategy


def code(length: int) -> st.SearchStrategy[str]:
    return st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=length, max_size=length)


def moneys(currency: str = "EUR") -> st.SearchStrategy[Money]:
    return st.decimals(Decimal("0.01"), Decimal("9999999999.99"), places=2).map(lambda value: Money(value, currency))


def addresses(*, long: bool) -> st.SearchStrategy[Address]:
    fields = {
        "department": 70, "sub_department": 70, "street": 70, "building_number": 16, "post_code": 16, "town": 35,
        "country_subdivision": 35,
    }  # fmt: skip
    if long:
        fields |= {"building_name": 35, "floor": 70, "post_box": 16, "room": 70, "town_location": 35, "district": 35}
    return st.builds(
        Address,
        **{name: maybe(text(longest)) for name, longest in fields.items()},
        country=maybe(code(2)),
        lines=st.lists(text(70), max_size=2).map(tuple),
    )


def identifications() -> st.SearchStrategy[Identification]:
    return st.builds(Identification, value=text(35), scheme=maybe(code(4)), issuer=maybe(text(35)))


def parties(*, new: bool) -> st.SearchStrategy[Party]:
    shared = {"name": maybe(text(70)), "address": maybe(addresses(long=new)), "residence": maybe(code(2))}
    ids = st.lists(identifications(), max_size=2).map(tuple)
    company = st.builds(
        Party,
        **shared,
        ids=ids,
        bic=maybe(st.just("COBADEFF")),
        lei=maybe(st.just("529900T8BM49AURSDO55")) if new else st.none(),
    )
    born = st.builds(
        Party, **shared, ids=ids, private=st.just(value=True), birth_date=st.dates(date(1900, 1, 1), date(2020, 1, 1)),
        birth_town=text(35), birth_country=code(2), birth_province=maybe(text(35)),
    )  # fmt: skip
    return company | born


def accounts() -> st.SearchStrategy[Account]:
    shared = {"currency": maybe(code(3)), "type_code": maybe(st.just("CACC")), "name": maybe(text(70))}
    return st.builds(Account, iban=st.just(IBAN), **shared) | st.builds(
        Account, other=text(34), scheme=maybe(code(4)), issuer=maybe(text(35)), **shared
    )


def agents(*, new: bool) -> st.SearchStrategy[Agent]:
    member = {"clearing_system": maybe(code(5)), "member_id": text(28)}
    shared = {"name": maybe(text(70)), "address": maybe(addresses(long=new)), "branch": maybe(text(35))}
    return st.builds(Agent, bic=maybe(st.just("ABNANL2A")), **shared) | st.builds(Agent, **member, **shared)


def kinds(*, sequence: bool = False) -> st.SearchStrategy[PaymentType]:
    return st.builds(
        PaymentType,
        priority=maybe(st.sampled_from(["HIGH", "NORM"])),
        service_level=maybe(code(4)),
        local_instrument_proprietary=maybe(text(35)),
        category_purpose=maybe(code(4)),
        sequence=maybe(st.sampled_from(["FRST", "RCUR"])) if sequence else st.none(),
    )


def remittances() -> st.SearchStrategy[StructuredRemittance]:
    documents = st.builds(
        ReferredDocument, number=maybe(text(35)), type_code=maybe(st.just("CINV")), issued_on=maybe(st.dates())
    )
    return st.builds(
        StructuredRemittance,
        reference=text(35),
        reference_type=maybe(st.just("SCOR")),
        documents=st.tuples()
        | st.tuples(documents)
        | st.tuples(
            documents, st.builds(ReferredDocument, number=text(35), due=maybe(moneys()), remitted=maybe(moneys()))
        ),
        additional=st.lists(text(140), max_size=2).map(tuple),
    )


@cache
def transfers(version: str) -> st.SearchStrategy[CreditTransfer]:
    new = version >= "pain.001.001.09"
    who = parties(new=new)
    return st.builds(
        CreditTransfer,
        end_to_end_id=text(35), instruction_id=maybe(text(35)),
        uetr=maybe(st.uuids(version=4).map(str)) if new else st.none(),
        amount=moneys(), payment_type=maybe(kinds()),
        equivalent_currency_of_transfer=st.none(),
        exchange_rate=maybe(st.just("1.0825")), exchange_contract=maybe(text(35)),
        charge_bearer=maybe(st.sampled_from(["SLEV", "SHAR", "DEBT"])),
        ultimate_debtor=maybe(who.filter(lambda one: one != Party())),
        ultimate_creditor=maybe(who.filter(lambda one: one != Party())),
        intermediary_agents=st.lists(agents(new=new), max_size=3).map(tuple),
        creditor=who, creditor_account=maybe(accounts()), creditor_agent=maybe(agents(new=new)),
        creditor_agent_account=maybe(accounts()),
        instructions_for_creditor_agent=st.lists(
            st.tuples(maybe(st.sampled_from(["PHOB", "HOLD"])), maybe(text(140))), max_size=2
        ).map(tuple),
        instruction_for_debtor_agent=maybe(text(140)),
        purpose=maybe(code(4)),
        regulatory_reporting=st.lists(
            st.builds(
                RegulatoryReporting, indicator=maybe(st.just("DEBT")), authority=maybe(text(140)),
                country=maybe(code(2)), code=maybe(text(10)), amount=maybe(moneys()),
                information=st.lists(text(35), max_size=2).map(tuple),
            ),
            max_size=1,
        ).map(tuple),
        remittance=st.lists(text(140), max_size=2).map(tuple),
        structured_remittance=st.lists(remittances(), max_size=1).map(tuple),
    )  # fmt: skip


@cache
def initiations(version: str) -> st.SearchStrategy[Initiation]:
    """Made once a version: before its first example a strategy looks through itself, which takes longer than one."""
    new = version >= "pain.001.001.09"
    blocks = st.builds(
        PaymentInformation,
        id=text(35), execution_date=st.dates(), debtor=parties(new=new), debtor_account=accounts(),
        debtor_agent=agents(new=new), payments=st.lists(transfers(version), min_size=1, max_size=3).map(tuple),
        batch_booking=st.none() | st.booleans(), payment_type=maybe(kinds()),
        charge_bearer=maybe(st.just("SLEV")), charges_account=maybe(accounts()),
    )  # fmt: skip
    return st.builds(
        Initiation,
        message_id=text(35), created_at=st.just(AT), initiating_party=parties(new=new),
        batches=st.lists(blocks, min_size=1, max_size=2, unique_by=lambda one: one.id).map(tuple),
    )  # fmt: skip
