"""One request to a bank API and its answer, with every failure turned into one of the three."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from banks.api_settings import Signing
from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.secrets import SecretMissing, Secrets
from banks.security import jws, mtls
from banks.security.oauth import Shelf, TokenSource
from banks.security.signing import Signer, digest
from banks.settings import HttpsSettings

ANSWER_BYTES_MAX = 16 * 1024 * 1024
"""The largest JSON answer that is read."""
NOT_BEGUN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""What fails before a byte of the request has left."""
DOUBTFUL = frozenset({408, 409, 425})
"""Client errors that do not say whether the request was carried out (409: the same key is being worked on)."""
LATER = frozenset({429, 503})
SURE_IF_KEYED = 503
"""A machine in front of the bank may say this although the bank went on: only under a key may it be believed."""

Broken = type[Unreachable] | type[OutcomeUnknown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer, read whole. ``path`` is what was asked for."""

    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, kw_only=True)
class Line:
    """Speaks HTTP to one bank. Logs in once more when a token is not accepted; repeats nothing else.

    ``shelf`` holds the tokens that the channels of one process share; ``sleep`` waits where a bank asks for a pause.
    """

    bank: str
    settings: HttpsSettings
    secrets: Secrets
    ids: Callable[[], str]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ticks: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    shelf: Shelf = field(default_factory=Shelf)
    _client: httpx.Client | None = None
    _tokens: TokenSource | None = field(default=None, repr=False)
    _signer: Signer | None = field(default=None, repr=False)

    def ask(
        self,
        method: str,
        path: str,
        *,
        broken: Broken = Unreachable,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        size_max: int = ANSWER_BYTES_MAX,
    ) -> Answer:
        """The 2xx answer to one request. ``broken`` is raised where the request may have been carried out unseen."""
        answer = self.exchange(
            method, path, broken=broken, headers=headers, content=content, params=params, size_max=size_max
        )
        return self.accepted(answer, broken)

    def exchange(
        self,
        method: str,
        path: str,
        *,
        broken: Broken = Unreachable,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        size_max: int = ANSWER_BYTES_MAX,
    ) -> Answer:
        """The answer to one request, whatever its status; :meth:`accepted` judges it."""
        for last in (False, True):
            token = self.token()
            sent = {**(headers or {}), "Authorization": f"Bearer {token}", "X-Request-ID": self.ids()}
            if content is not None:
                sent["Digest"] = digest(content)
            url = httpx.URL(f"{self.settings.base_url}{path}")
            if params:
                url = url.copy_merge_params(params)
            if self.settings.signing is not None:
                target = url.raw_path.decode("ascii")
                sent |= self.signer(self.settings.signing).headers(method, target, sent, content or b"", self.now())
            request = self.client().build_request(method, url, headers=sent, content=content)
            answer = self._exchanged(request, broken=broken, size_max=size_max)
            if answer.status != httpx.codes.UNAUTHORIZED or last or self._tokens is None:
                return answer
            self._tokens.forget(token)
        raise AssertionError("The second answer was returned.")

    def accepted(self, answer: Answer, broken: Broken = Unreachable) -> Answer:
        """The answer, if it is a 2xx that is really the bank's; raises one of the three for any other."""
        if httpx.codes.is_success(answer.status):
            self.trusted(answer, broken)
            return answer
        raise self._judged(answer, broken)

    def trusted(self, answer: Answer, broken: Broken) -> None:
        """Raises where the profile names the bank's key and the answer is not signed by it: it then says nothing."""
        if self.settings.signing is None:
            return
        try:
            self.signer(self.settings.signing).check_answer(answer.headers, answer.body)
        except jws.BadSignature as err:
            kind = OutcomeUnknown if broken is OutcomeUnknown else Refused
            raise kind(
                f"The answer to {answer.path} is not signed by the bank: {err}.", bank=self.bank, detail=str(err)
            ) from err

    def signer(self, signing: Signing) -> Signer:
        """Our signature, its keys loaded on first use."""
        if self._signer is None:
            try:
                self._signer = Signer.made(signing, self.secrets)
            except (jws.BadKey, SecretMissing) as err:
                raise Refused(f"The signing keys of the profile cannot be used: {err}.", bank=self.bank) from err
        return self._signer

    def left_s(self, began: float) -> float:
        """What is left of an act's time, in seconds, that began at ``began`` by :attr:`ticks`."""
        return self.settings.act_timeout_s - (self.ticks() - began)

    def wait(self, error: Unreachable, began: float) -> bool:
        """Waits as long as the bank asked; False, at once, where it named no pause or the act has no time for it."""
        pause = error.retry_after_s
        if pause is None or pause >= self.left_s(began):
            return False
        self.sleep(pause)
        return True

    def token(self) -> str:
        """The bearer token that requests carry now."""
        try:
            if self.settings.oauth is None:
                return self.secrets(self.settings.bearer or "").strip()
            if self._tokens is None:
                self._tokens = TokenSource(
                    bank=self.bank,
                    settings=self.settings.oauth,
                    secrets=self.secrets,
                    post=self._post_form,
                    ticks=self.ticks,
                    now_s=lambda: int(self.now().timestamp()),
                    ids=self.ids,
                    shelf=self.shelf,
                )
            return self._tokens.token()
        except SecretMissing as err:
            raise Refused(str(err), bank=self.bank) from err

    def client(self) -> httpx.Client:
        """The HTTP client, made on first use. It reads no proxy or other setting from the environment."""
        if self._client is None:
            try:
                trust = mtls.context(self.settings, self.secrets)
            except (OSError, ValueError, SecretMissing) as err:
                raise Refused(f"The certificates of the profile cannot be used: {err}.", bank=self.bank) from err
            timeout = httpx.Timeout(self.settings.io_timeout_s, connect=self.settings.connect_timeout_s)
            self._client = httpx.Client(verify=trust, timeout=timeout, trust_env=False, follow_redirects=False)
        return self._client

    def close(self) -> None:
        """Ends the connections."""
        client, self._client, self._tokens, self._signer = self._client, None, None, None
        if client is not None:
            client.close()

    def _post_form(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, bytes]:
        sent = {"Accept": "application/json", **headers}
        request = self.client().build_request("POST", url, data=dict(form), headers=sent)
        answer = self._exchanged(request, broken=Unreachable, size_max=ANSWER_BYTES_MAX)
        return answer.status, answer.body

    def _exchanged(self, request: httpx.Request, *, broken: Broken, size_max: int) -> Answer:
        try:
            response = self.client().send(request, stream=True)
            try:
                body = self._read(response, size_max)
            finally:
                response.close()
        except NOT_BEGUN as err:
            untrusted = _certificate_problem(err)
            if untrusted is not None:
                raise Refused(
                    f"The certificate of {request.url.host} is not trusted: {untrusted.verify_message}.",
                    bank=self.bank,
                    detail=repr(untrusted),
                ) from err
            raise Unreachable(f"No connection to {request.url.host}.", bank=self.bank, detail=repr(err)) from err
        except (httpx.TransportError, httpx.DecodingError) as err:
            raise broken(
                f"{request.method} {request.url.path} was sent and not answered.", bank=self.bank, detail=repr(err)
            ) from err
        if body is None:
            raise Refused(f"{request.url.path} answered more than {size_max:,} bytes.", bank=self.bank)
        return Answer(path=request.url.path, status=response.status_code, headers=response.headers, body=body)

    def _read(self, response: httpx.Response, size_max: int) -> bytes | None:
        """The body, or None beyond ``size_max``. A server that drips is given up like one that fell silent."""
        body = bytearray()
        ends_at = self.ticks() + self.settings.act_timeout_s
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > size_max:
                return None
            if self.ticks() > ends_at:
                raise httpx.ReadTimeout("The answer took too long.")
        return bytes(body)

    def _judged(self, answer: Answer, broken: Broken) -> Unreachable | OutcomeUnknown | Refused:
        status, path = answer.status, answer.path
        detail = f"HTTP {status}: {answer.body[:500].decode('utf-8', 'replace')}"
        if status in LATER and not (status == SURE_IF_KEYED and self._is_unsure(broken)):
            return Unreachable(
                f"The bank asks us to come back later (HTTP {status}).",
                bank=self.bank,
                detail=detail,
                retry_after_s=_retry_after_s(answer.headers.get("Retry-After"), self.now()),
            )
        if httpx.codes.is_server_error(status) or status in DOUBTFUL:
            return broken(
                f"The bank could not say what became of {path} (HTTP {status}).", bank=self.bank, detail=detail
            )
        return Refused(f"The bank refused {path} (HTTP {status}).", bank=self.bank, detail=detail)

    def _is_unsure(self, broken: Broken) -> bool:
        api = self.settings.api
        return broken is OutcomeUnknown and api is not None and api.idempotency_header is None


def _certificate_problem(error: BaseException) -> ssl.SSLCertVerificationError | None:
    seen: Any = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _retry_after_s(value: str | None, now: datetime) -> float | None:
    """Retry-After in seconds or as a date (RFC 9110, section 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdigit():
        return int(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds(), 0.0)
