"""Payment by payment: each payment of a file is an order of its own, under a key that is the payment's instruction id.

A run over a file can stop anywhere: some are taken, some refused, one unknown, the rest not begun. The file is then in
doubt, and going on means asking the bank for each payment first and handing over only what it certainly does not have.
What the bank was once seen to hold it holds for good; that alone is remembered.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from banks import mapping, status_json
from banks.api_settings import Api, Shown
from banks.channel import OutboundFile, Outstanding, Presence, Receipt, RemoteDocument, Sighting
from banks.connectors.https_line import Line
from banks.connectors.https_orders import JSON, STATUS, is_remembered, keyed
from banks.connectors.https_singles import singles, unsayable
from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.filenames import safe_name
from formats.errors import FormatError

NOT_THERE = frozenset({404, 410})
REFUSED = "RJCT"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """The bank's word about one payment."""

    instruction_id: str
    end_to_end_id: str | None
    status: str | None
    code: str | None = None
    text: str | None = None

    def row(self) -> dict[str, Any]:
        told = {
            "instruction_id": self.instruction_id, "end_to_end_id": self.end_to_end_id, "status": self.status,
            "reasons": status_json.reasons(self.code, self.text),
        }  # fmt: skip
        return {key: value for key, value in told.items() if value}


class PaymentOrders:
    """The payments of one bank's files. Remembers what of the last file the bank was seen to hold."""

    def __init__(self, bank: str, line: Line, api: Api) -> None:
        self._bank = bank
        self._line = line
        self._api = api
        self._used = frozenset(mapping.names(api.send.call.body or {}))
        self._staged: str | None = None
        self._held: dict[str, _Word] = {}
        self._of = ""
        self._contents: dict[str, Callable[[], bytes]] = {}

    def stage(self, file: OutboundFile) -> None:
        """Makes sure that there is a token and that every payment can be said in the bank's JSON, losing nothing."""
        self._line.token()
        self._turn_to(file.reference)
        self._staged = None
        for values in self._payments(file.content, file.reference, whole=True):
            self._body(values)
        self._staged = file.staging_name

    def publish(self, file: OutboundFile) -> Receipt:
        """Hands over what the bank does not have yet. Stopped on the way with something handed over, it is a doubt."""
        first, self._staged = self._staged == file.staging_name, None
        self._turn_to(file.reference)
        began, told = self._line.ticks(), list[_Word]()
        before = len(self._held)
        try:
            for values in self._payments(file.content, file.reference):
                told.append(self._handed_over(values, file, began, first=first))
        except (Unreachable, Refused, OutcomeUnknown) as err:
            refused = sum(word.status == REFUSED for word in told)
            if isinstance(err, OutcomeUnknown) or len(self._held) > before or (first and refused):
                raise OutcomeUnknown(
                    f"{file.name}: {len(told) - refused} payments are with the bank, {refused} were refused, then:"
                    f" {err.message}",
                    bank=self._bank,
                    detail=err.detail,
                ) from err
            raise
        refused = sum(word.status == REFUSED for word in told)
        everything = REFUSED if refused == len(told) else None
        rows = [word.row() for word in told if word.status is not None]
        return Receipt(
            evidence=f"{len(told)} payments: the bank has {len(told) - refused} and refused {refused}",
            already=not first and len(self._held) == before and not refused,
            report=status_json.written(reference=file.reference, group=everything, payments=rows) if rows else None,
        )

    def look(self, file: OutboundFile) -> Sighting:
        """Asks for each payment by its reference. A file of which the bank has a part is unclear: handing it over again
        is how the rest gets there.
        """
        if self._api.find is None:
            return Sighting(presence=Presence.UNCLEAR, evidence="this bank cannot be asked for a payment of ours")
        self._turn_to(file.reference)
        there, missing = 0, 0
        for values in self._payments(file.content, file.reference):
            if self._seen(values) is None:
                missing += 1
            else:
                there += 1
            if there and missing:
                evidence = "the bank has some of the payments and not all: the others can be handed over"
                return Sighting(presence=Presence.UNCLEAR, evidence=evidence)
        if missing:
            return Sighting(presence=Presence.ABSENT, evidence=f"the bank has none of the {missing} payments")
        return Sighting(presence=Presence.DELIVERED, evidence=f"the bank shows all {there} payments")

    def asked(self, outstanding: Outstanding) -> Iterator[RemoteDocument]:
        """One status document for all payments of a file."""
        if self._api.find is None or outstanding.content is None:
            return
        self._contents[outstanding.reference] = outstanding.content
        yield RemoteDocument(
            name=safe_name(f"status-{outstanding.reference}.json"),
            media_type=JSON,
            locator=f"{STATUS}{quote(outstanding.reference, safe='')}",
        )

    def status(self, document: RemoteDocument, *, size_max: int) -> bytes:
        """The bank's word about each payment it has; one it does not show is left out, which says nothing."""
        reference = unquote(document.locator.removeprefix(STATUS))
        found = (self._found(values) for values in self._payments(self._contents.pop(reference)(), reference))
        rows = [word.row() for word in found if word is not None and word.status is not None]
        told = status_json.written(reference=reference, payments=rows)
        if len(told) > size_max:
            raise Refused(f"The status of {reference} has more than {size_max:,} bytes.", bank=self._bank)
        return told

    def _handed_over(self, values: mapping.Values, file: OutboundFile, began: Any, *, first: bool) -> _Word:
        if not first or self._api.idempotency_header is None:
            if self._api.find is not None:
                seen = self._seen(values)
                if seen is not None:
                    return seen
            elif not first and not is_remembered(self._api, file.since, self._line.now()):
                raise OutcomeUnknown(
                    "The bank cannot be asked for single payments and no longer knows our keys: ask it which it has.",
                    bank=self._bank,
                )
        word = self._posted(values, began)
        if word.status != REFUSED:
            self._held[word.instruction_id] = word
        return word

    def _posted(self, values: mapping.Values, began: Any) -> _Word:
        """One POST. Where the bank asks for a pause that fits into the act it is made; nothing was handed over then."""
        send, key = self._api.send, str(values["instruction_id"])
        headers = {name: mapping.filled(value, values) for name, value in send.call.headers.items()}
        headers = keyed(self._api, {"Content-Type": JSON, "Accept": JSON, **headers}, key)
        content, path = self._body(values), mapping.path(send.call.path, values)
        while self._line.left_s(began) > 0:
            answer = self._line.exchange(
                send.call.method, path, broken=OutcomeUnknown, headers=headers, content=content
            )
            if answer.status in send.refusals:
                self._line.trusted(answer, OutcomeUnknown)
                word = self._word(values, mapping.parsed(answer.body), send.shown, status=REFUSED)
                return word if word.code or word.text else self._unexplained(word, answer.status)
            try:
                body = mapping.parsed(self._line.accepted(answer, OutcomeUnknown).body)
            except Unreachable as err:
                if not self._line.wait(err, began):
                    raise
                continue
            self._must_be_ours(values, body, send.shown)
            return self._word(values, body, send.shown)
        raise Unreachable("The time for one act is over before every payment was handed over.", bank=self._bank)

    def _seen(self, values: mapping.Values) -> _Word | None:
        key = str(values["instruction_id"])
        if key not in self._held:
            found = self._found(values)
            if found is None:
                return None
            self._held[key] = found
        return self._held[key]

    def _found(self, values: mapping.Values) -> _Word | None:
        """The payment as the bank shows it, or None where it says for certain that it has none such."""
        find = self._api.find
        assert find is not None
        answer = self._line.exchange(
            find.call.method, mapping.path(find.call.path, values), headers={"Accept": JSON, **find.call.headers}
        )
        if find.items is None and answer.status in NOT_THERE:
            self._line.trusted(answer, Unreachable)
            return None
        body = mapping.parsed(self._line.accepted(answer).body)
        listed = [body] if find.items is None else mapping.at(body, find.items)
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            raise Refused(f"The bank's answer about {values['instruction_id']} cannot be read.", bank=self._bank)
        names = self._names(values)
        ours = [item for item in listed if mapping.text_at(item, find.shown.reference) in names]
        if find.items is None and not ours:
            raise Refused(f"Asked for {values['instruction_id']}, the bank shows another payment.", bank=self._bank)
        return self._word(values, ours[0], find.shown) if ours else None

    def _must_be_ours(self, values: mapping.Values, body: Any, shown: Shown) -> None:
        named = mapping.text_at(body, shown.reference)
        if mapping.text_at(body, shown.id) is None or (
            shown.reference is not None and named not in self._names(values)
        ):
            raise OutcomeUnknown(
                f"The bank took {values['instruction_id']} and answered with another reference or none.",
                bank=self._bank,
                detail=repr(body)[:500],
            )

    @staticmethod
    def _names(values: mapping.Values) -> frozenset[str | None]:
        """What the bank may call the payment. An end-to-end id may be used twice, so it counts only if it is asked by;
        the instruction id is ours alone.
        """
        return frozenset({values["instruction_id"]})

    @staticmethod
    def _word(values: mapping.Values, body: Any, shown: Shown, *, status: str | None = None) -> _Word:
        return _Word(
            instruction_id=str(values["instruction_id"]),
            end_to_end_id=values["end_to_end_id"],
            status=status or mapping.text_at(body, shown.status),
            code=mapping.text_at(body, shown.code),
            text=mapping.text_at(body, shown.text),
        )

    @staticmethod
    def _unexplained(word: _Word, status: int) -> _Word:
        return _Word(
            instruction_id=word.instruction_id, end_to_end_id=word.end_to_end_id, status=word.status,
            text=f"The bank gave no reason (HTTP {status}).",
        )  # fmt: skip

    def _payments(self, content: bytes, reference: str, *, whole: bool = False) -> Iterator[mapping.Values]:
        """The file's payments; with ``whole``, refuses one of which the bank's JSON would lose something."""
        try:
            for payment, values in singles(content, reference):
                if values["instruction_id"] is None:
                    raise Refused(f"A payment of {reference} has no instruction id to be known by.", bank=self._bank)
                lost = unsayable(payment, values, self._used) if whole else []
                if lost:
                    raise Refused(
                        f"Payment {values['instruction_id']} has what the profile's template does not carry:"
                        f" {', '.join(lost)}. Complete the template, or send it another way.",
                        bank=self._bank,
                    )
                yield values
        except FormatError as err:
            raise Refused(f"The file {reference} cannot be read as a pain.001.", bank=self._bank) from err

    def _body(self, values: mapping.Values) -> bytes:
        try:
            return mapping.body(self._api.send.call.body or {}, values)
        except mapping.Unfillable as err:
            raise Refused(
                f"Payment {values['instruction_id']} cannot be put into the bank's JSON: {err}.", bank=self._bank
            ) from err

    def _turn_to(self, reference: str) -> None:
        if self._of != reference:
            self._of, self._held = reference, {}
