"""A whole file as one order of a bank's API: prepared where the bank wants that, sent once, found by its reference."""

import base64
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

from banks import mapping, status_json
from banks.api_settings import Api, Call, Find
from banks.channel import OutboundFile, Outstanding, Presence, Receipt, RemoteDocument, Sighting
from banks.connectors.https_line import Answer, Broken, Line
from banks.connectors.https_orders import JSON, STATUS, is_remembered, keyed
from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.filenames import safe_name
from formats import pain001
from formats.errors import FormatError
from formats.initiation import Initiation

OF_THE_HEADER = frozenset({"message", "count", "control_sum"})
NOT_THERE = frozenset({404, 410})


class FileOrders:
    """The files of one bank. Remembers what it staged last, so that it knows a first hand-over from a repetition."""

    def __init__(self, bank: str, line: Line, api: Api) -> None:
        self._bank = bank
        self._line = line
        self._api = api
        self._staged: str | None = None
        self._learnt: tuple[str, dict[str, str | None]] | None = None

    def stage(self, file: OutboundFile) -> None:
        """Makes sure that there is a token, and makes the calls that come before the hand-over."""
        self._line.token()
        self._staged = self._learnt = None
        self._prepared(file, self._api.prepare)
        self._staged = file.staging_name

    def publish(self, file: OutboundFile) -> Receipt:
        """Hands the file over. A repetition is made only under a key the bank still knows, or after it was asked."""
        first, self._staged = self._staged == file.staging_name, None
        if not first and not is_remembered(self._api, file.since, self._line.now()):
            seen = self.look(file)
            if seen.presence is Presence.DELIVERED:
                return Receipt(evidence=seen.evidence, bank_reference=seen.bank_reference, already=True)
            if seen.presence is Presence.UNCLEAR:
                raise OutcomeUnknown(
                    f"{file.name} may have been handed over before: {seen.evidence}, and the bank would not"
                    " know a repetition. Ask the bank.",
                    bank=self._bank,
                )
        answer = self._called(self._api.send.call, file, key=file.key, broken=OutcomeUnknown)
        body, shown = mapping.parsed(answer.body), self._api.send.shown
        order, reference = mapping.text_at(body, shown.id), mapping.text_at(body, shown.reference)
        if order is None or (shown.reference is not None and reference != file.reference):
            raise OutcomeUnknown(
                f"The bank took {file.name} and answered with another reference or none.",
                bank=self._bank,
                detail=repr(body)[:500],
            )
        replayed = self._api.replayed_header is not None and answer.headers.get(self._api.replayed_header, "")
        return Receipt(
            evidence=f"order {order}, HTTP {answer.status}, status {mapping.text_at(body, shown.status)}",
            bank_reference=order,
            already=bool(replayed) and str(replayed).lower() == "true",
        )

    def look(self, file: OutboundFile) -> Sighting:
        """Asks for the orders under the file's reference. ``ABSENT`` is what the bank says now: a listing may lag, and
        the idempotency key is what makes sending the same bytes again safe.
        """
        find = self._api.find
        if find is None:
            return Sighting(presence=Presence.UNCLEAR, evidence="this bank cannot be asked for a file by our reference")
        if any(call.take for call in self._api.prepare) and not is_remembered(self._api, file.since, self._line.now()):
            evidence = "the bank no longer knows the keys under which the file was prepared"
            return Sighting(presence=Presence.UNCLEAR, evidence=evidence)
        orders = self._orders(find, self._values(file, find.call))
        if find.delivered or find.staged:
            return self._by_status(find, orders, file)
        return self._by_digest(find, orders, file)

    def asked(self, outstanding: Outstanding) -> Iterator[RemoteDocument]:
        """The status of the order, found by its number, or by its reference where we never learnt its number."""
        call = self._api.status
        order = outstanding.bank_reference or self._order_of(outstanding.reference)
        if order is None or call is None:
            return
        yield RemoteDocument(
            name=safe_name(f"status-{order}.json"),
            media_type=next((value for name, value in call.call.headers.items() if name.lower() == "accept"), JSON),
            locator=f"{STATUS}{quote(outstanding.reference, safe='')}/{quote(order, safe='')}",
        )

    def status(self, document: RemoteDocument, *, size_max: int) -> bytes:
        """What the bank answers; JSON of its own shape is told in ours, with the bank's words beside it."""
        mapped = self._api.status
        assert mapped is not None, "only a status that was offered is fetched"
        reference, order = map(unquote, document.locator.removeprefix(STATUS).split("/"))
        values = {"reference": reference, "id": order}
        answer = self._line.ask(
            mapped.call.method,
            mapping.path(mapped.call.path, values),
            headers={name: mapping.filled(value, values) for name, value in mapped.call.headers.items()},
            size_max=size_max,
        )
        body = mapping.parsed(answer.body)
        if mapped.shown.status is None or not isinstance(body, dict):
            return answer.body
        return status_json.written(
            reference=reference,
            order_id=order,
            group=mapping.text_at(body, mapped.shown.status),
            reason=(mapping.text_at(body, mapped.shown.code), mapping.text_at(body, mapped.shown.text)),
            answer=body,
        )

    def _by_status(self, find: Find, orders: list[Any], file: OutboundFile) -> Sighting:
        """Where the bank's word about one order tells prepared from handed over."""
        if not orders:
            return Sighting(presence=Presence.ABSENT, evidence=f"the bank has no order for {file.reference}")
        said = [mapping.text_at(order, find.shown.status) for order in orders]
        evidence = f"the bank shows {file.reference} as {', '.join(str(one) for one in said)}"
        presence = Presence.UNCLEAR
        if len(said) == 1 and said[0] in find.delivered:
            presence = Presence.DELIVERED
        elif len(said) == 1 and said[0] in find.staged:
            presence = Presence.STAGED
        number = mapping.text_at(orders[0], find.shown.id) if presence is Presence.DELIVERED else None
        return Sighting(presence=presence, evidence=evidence, bank_reference=number)

    def _by_digest(self, find: Find, orders: list[Any], file: OutboundFile) -> Sighting:
        if not orders:
            return Sighting(presence=Presence.ABSENT, evidence=f"the bank lists no order for {file.reference}")
        for order in orders:
            number, digest = mapping.text_at(order, find.shown.id), mapping.text_at(order, find.shown.sha256)
            if number is not None and digest is not None and digest.lower() == file.sha256:
                evidence = f"order {number}, status {mapping.text_at(order, find.shown.status)}, sha256 agrees"
                return Sighting(presence=Presence.DELIVERED, evidence=evidence, bank_reference=number)
        number = mapping.text_at(orders[0], find.shown.id)
        if len(orders) == 1 and mapping.text_at(orders[0], find.shown.sha256) is None and number is not None:
            evidence = f"order {number}, status {mapping.text_at(orders[0], find.shown.status)}, reference agrees"
            return Sighting(presence=Presence.DELIVERED, evidence=evidence, bank_reference=number)
        evidence = f"the bank lists {len(orders)} orders for {file.reference}, none with our sha256"
        return Sighting(presence=Presence.UNCLEAR, evidence=evidence)

    def _orders(self, find: Find, values: mapping.Values) -> list[Any]:
        path = mapping.path(find.call.path, values)
        answer = self._line.exchange(find.call.method, path, headers={"Accept": JSON, **find.call.headers})
        if find.items is None and answer.status in NOT_THERE:
            return []
        body = mapping.parsed(self._line.accepted(answer).body)
        listed = [body] if find.items is None else mapping.at(body, find.items)
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            reference = values.get("reference")
            raise Refused(f"The bank's list of orders for {reference} cannot be read.", bank=self._bank)
        wanted = {None, values.get("reference")}
        return [item for item in listed if mapping.text_at(item, find.shown.reference) in wanted]

    def _order_of(self, reference: str) -> str | None:
        find = self._api.find
        if find is None or set(mapping.names(find.call.path)) - {"reference"}:
            return None
        orders = self._orders(find, {"reference": reference})
        return mapping.text_at(orders[0], find.shown.id) if len(orders) == 1 else None

    def _prepared(self, file: OutboundFile, calls: tuple[Call, ...]) -> dict[str, str | None]:
        """What the preparing calls answered. Under their keys they are repeated as often as we have to learn it."""
        learnt: dict[str, str | None] = {}
        for number, call in enumerate(self._api.prepare, 1):
            if call not in calls:
                continue
            answer = self._called(call, file, key=f"{file.key}-{number}", broken=Unreachable, learnt=learnt)
            body = mapping.parsed(answer.body)
            for name, pointer in call.take.items():
                learnt[name] = mapping.text_at(body, pointer)
                if learnt[name] is None:
                    raise Refused(f"{answer.path} answered without {pointer}.", bank=self._bank)
        self._learnt = (file.key, learnt)
        return learnt

    def _called(
        self, call: Call, file: OutboundFile, *, key: str, broken: Broken, learnt: mapping.Values | None = None
    ) -> Answer:
        try:
            values = self._values(file, call, learnt)
            headers = {name: mapping.filled(value, values) for name, value in call.headers.items()}
            content = file.content if call.body is None else mapping.body(call.body, values)
            kind = "application/xml" if call.body is None else JSON
            path = mapping.path(call.path, values)
        except mapping.Unfillable as err:
            raise Refused(f"{call.path} cannot be called for {file.name}: {err}.", bank=self._bank) from err
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = kind
        return self._line.ask(
            call.method,
            path,
            broken=broken,
            content=None if call.method == "GET" else content,
            headers=keyed(self._api, headers, key),
        )

    def _values(self, file: OutboundFile, call: Call, learnt: mapping.Values | None = None) -> dict[str, str | None]:
        wanted = {*mapping.names(call.path), *mapping.names(dict(call.headers)), *mapping.names(call.body or {})}
        values: dict[str, str | None] = {
            "name": file.name, "reference": file.reference, "key": file.key, "sha256": file.sha256,
            "sha256_base64": base64.b64encode(bytes.fromhex(file.sha256)).decode(), "size": str(len(file.content)),
        }  # fmt: skip
        if wanted & OF_THE_HEADER:
            values |= self._header(file)
        if learnt is not None:
            return values | dict(learnt)
        if wanted - values.keys():
            if self._learnt is None or self._learnt[0] != file.key:
                self._prepared(file, tuple(call for call in self._api.prepare if call.take))
            assert self._learnt is not None
            values |= self._learnt[1]
        return values

    def _header(self, file: OutboundFile) -> dict[str, str | None]:
        """What the file's own header says about it."""
        try:
            header = next(event for event in pain001.stream(io.BytesIO(file.content)) if isinstance(event, Initiation))
        except (FormatError, StopIteration) as err:
            raise Refused(f"{file.name} cannot be read as a pain.001.", bank=self._bank, detail=repr(err)) from err
        return {"message": header.message, "count": header.number_of_transactions, "control_sum": header.control_sum}
