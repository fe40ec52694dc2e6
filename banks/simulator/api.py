"""The bank's HTTP API: files in, their status and documents out, behind bearer tokens."""

import base64
import binascii
from dataclasses import asdict
from hashlib import sha256
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from banks.security import jws
from banks.simulator.answering import order_report, order_status
from banks.simulator.bank import SimulatedBank
from banks.simulator.behaviours import WirePlan
from banks.simulator.documents import content_of, listed, receipted
from banks.simulator.lines import Lines
from banks.simulator.orders import KeyReused, Order, orders_with, place
from banks.simulator.receiving import message_id_of
from banks.simulator.rules import Facts
from banks.simulator.shapes import OtherShapes
from banks.simulator.tokens import ASSERTION_TYPE, Tokens
from banks.simulator.upload import Body

DOCUMENTS_PER_PAGE = 100
TOKEN_REQUEST_BYTES_MAX = 10_000


class BankApi:
    """The routes of one bank. ``lines`` lets a scenario cut the connection instead of answering."""

    def __init__(self, bank: SimulatedBank, tokens: Tokens, lines: Lines) -> None:
        self._bank = bank
        self._tokens = tokens
        self._lines = lines

    def routes(self) -> APIRouter:
        """Everything under /v1 and the token endpoint."""
        router = APIRouter()
        router.post("/oauth/token")(self.token)
        guarded = [Depends(self.signed_in)]
        router.post("/v1/files", dependencies=guarded)(self.upload)
        router.get("/v1/files", dependencies=guarded)(self.orders)
        router.get("/v1/files/{order_id}/status", dependencies=guarded)(self.status)
        others = OtherShapes(self._bank, self._misbehave, self._signed)
        router.include_router(others.routes(), dependencies=guarded)
        router.get("/v1/documents", dependencies=guarded)(self.documents)
        router.get("/v1/documents/{number}", dependencies=guarded)(self.document)
        router.post("/v1/documents/{number}/receipt", dependencies=guarded)(self.receipt)
        return router

    def signed_in(self, request: Request, authorization: Annotated[str, Header()] = "") -> None:
        """401 without a good bearer token, or with one that is bound to another client certificate."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not self._tokens.is_good(token.strip(), certificate=self._shown(request)):
            raise _unauthorised()

    def token(self, request: Request, body: Body) -> dict[str, str | int]:
        """Client credentials, in the form or as HTTP Basic, for a bearer token."""
        if len(body) > TOKEN_REQUEST_BYTES_MAX:
            raise HTTPException(413, "The request is too large.")
        form = {key: values[0] for key, values in parse_qs(body.decode("utf-8", errors="replace")).items()}
        client_id, client_secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, told = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                client_id, _, client_secret = base64.b64decode(told, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as err:
                raise HTTPException(400, "The Basic credentials are not readable.") from err
        if form.get("grant_type") != "client_credentials":
            raise HTTPException(400, "Only client_credentials is offered.")
        certificate = self._shown(request)
        if form.get("client_assertion_type") == ASSERTION_TYPE:
            told, here = form.get("client_assertion", ""), str(request.url)
            issued = self._tokens.issue_for(told, audience=here, certificate=certificate)
        else:
            issued = self._tokens.issue(client_id, client_secret, certificate=certificate)
        if issued is None:
            raise HTTPException(401, "These client credentials are wrong.")
        lifetime = self._bank.config.http.token_lifetime_s if self._bank.config.http is not None else 0
        return {"access_token": issued, "token_type": "Bearer", "expires_in": lifetime}

    def upload(
        self,
        request: Request,
        body: Body,
        idempotency_key: Annotated[str, Header()] = "",
        digest: Annotated[str, Header()] = "",
        x_file_name: Annotated[str, Header()] = "upload.xml",
        x_file_reference: Annotated[str, Header()] = "",
    ) -> Response:
        """Takes a file in hand, once per idempotency key."""
        if not idempotency_key:
            raise HTTPException(400, "Idempotency-Key is missing.")
        self._signed(request, body)
        told = sha256(body)
        if digest and digest != f"SHA-256={base64.b64encode(told.digest()).decode()}":
            raise HTTPException(400, "The digest is not that of the bytes that arrived.")
        message_id = message_id_of(body)
        if x_file_reference and message_id is not None and x_file_reference != message_id:
            raise HTTPException(400, "X-File-Reference is not the message id of the file.")
        plan = self._bank.handed_over(Facts(channel="http", file_name=x_file_name, message_id=message_id))
        order: Order | None = None
        if plan.commit:
            try:
                order = place(
                    self._bank.store,
                    body,
                    told.hexdigest(),
                    name=x_file_name,
                    key=idempotency_key.strip('"'),
                    at=self._bank.clock.now(),
                )
            except KeyReused as err:
                raise HTTPException(422, "This idempotency key was used for other bytes.") from err
        if order is not None:
            self._bank.hide(order.reference, plan)
        self._misbehave(request, plan)
        assert order is not None, "a plan that commits nothing never answers well"
        facts = {name: value for name, value in asdict(order).items() if name != "replayed"}
        if order.replayed:
            return JSONResponse(facts, 200, {"Idempotency-Replayed": "true"})
        return JSONResponse(facts, 202)

    def _shown(self, request: Request) -> str | None:
        config = self._bank.config.http
        if config is None or not config.mutual_tls or request.client is None:
            return None
        return self._lines.certificate((request.client.host, request.client.port))

    def _signed(self, request: Request, body: bytes) -> None:
        """400 for an upload that is not signed as agreed."""
        config = self._bank.config.http
        if config is None or not config.signed or config.client_key is None:
            return
        try:
            keys = jws.public_keys(config.client_key)
            jws.verify(request.headers.get(config.signature_header, ""), body, keys)
        except jws.BadSignature as err:
            raise HTTPException(400, f"The signature is wrong: {err}.") from err

    def _misbehave(self, request: Request, plan: WirePlan) -> None:
        if plan.forget_tokens:
            self._tokens.forget()
            raise _unauthorised()
        if plan.refuse_with is not None:
            after = {} if plan.retry_after_s is None else {"Retry-After": str(plan.retry_after_s)}
            raise HTTPException(plan.refuse_with, "The bank does not take files now.", headers=after)
        if (plan.cut_before or plan.cut_after) and request.client is not None:
            self._lines.cut((request.client.host, request.client.port))
            raise HTTPException(500, "The line was cut; nobody reads this.")

    def orders(self, reference: str) -> dict[str, list[dict[str, str]]]:
        """The orders that carry a message id."""
        if self._bank.is_hidden(reference):
            return {"orders": []}
        return {"orders": [dict(row) for row in orders_with(self._bank.store, reference)]}

    def status(self, order_id: str, accept: Annotated[str, Header()] = "") -> Response:
        """What became of an order: JSON, or pain.002 where XML is preferred."""
        config = self._bank.config
        if accept.lower().lstrip().startswith("application/xml"):
            report = order_report(self._bank.store, order_id, config)
            if report is None:
                raise HTTPException(404, "There is no such order.")
            return Response(report, media_type="application/xml")
        status = order_status(self._bank.store, order_id, config)
        if status is None:
            raise HTTPException(404, "There is no such order.")
        return JSONResponse(asdict(status))

    def documents(self, after: str = "") -> dict[str, object]:
        """The documents behind the cursor ``after``."""
        if after and not after.isdigit():
            raise HTTPException(400, "This cursor was not given out here.")
        found = listed(self._bank.store, int(after or 0), limit=DOCUMENTS_PER_PAGE, at=self._bank.clock.now())
        return {"documents": [asdict(item) for item in found], "next": found[-1].id if found else (after or "0")}

    def document(self, number: int) -> Response:
        """The bytes of a document."""
        found = content_of(self._bank.store, number)
        if found is None:
            raise HTTPException(404, "There is no such document.")
        return Response(found[1], media_type="application/xml", headers={"X-Message-Type": found[0]})

    def receipt(self, number: int) -> Response:
        """Notes that the client has stored a document."""
        if not receipted(self._bank.store, number, self._bank.clock.now()):
            raise HTTPException(404, "There is no such document.")
        return Response(status_code=204)


def _unauthorised() -> HTTPException:
    return HTTPException(401, "This token is not good.", headers={"WWW-Authenticate": "Bearer"})


def application(bank: SimulatedBank, tokens: Tokens, lines: Lines, *extra: APIRouter) -> FastAPI:
    """The whole application of one bank."""
    app = FastAPI(title=f"Simulated bank {bank.config.name}", openapi_url=None)
    app.include_router(BankApi(bank, tokens, lines).routes())
    for router in extra:
        app.include_router(router)
    return app
