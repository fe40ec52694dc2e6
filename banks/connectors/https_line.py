"""One request to a bank API and its answer, with every failure turned into one of the three."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from banks.errors import OutcomeUnknown, Refused, Unreachable
from banks.secrets import SecretMissing, Secrets
from banks.security import mtls
from banks.security.oauth import TokenSource
from banks.settings import HttpsSettings

ANSWER_BYTES_MAX = 16 * 1024 * 1024
"""The largest JSON answer that is read."""
NOT_BEGUN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""What fails before a byte of the request has left."""
DOUBTFUL = frozenset({408, 409, 425})
"""Client errors that do not say whether the request was carried out (409: the same key is being worked on)."""
LATER = frozenset({429, 503})

Broken = type[Unreachable] | type[OutcomeUnknown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A 2xx answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, kw_only=True)
class Line:
    """Speaks HTTP to one bank. Logs in once more when a token is not accepted; repeats nothing else."""

    bank: str
    settings: HttpsSettings
    secrets: Secrets
    ids: Callable[[], str]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ticks: Callable[[], float] = time.monotonic
    _client: httpx.Client | None = None
    _tokens: TokenSource | None = field(default=None, repr=False)

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
        """The answer to one request. ``broken`` is raised where the request may have been carried out unseen."""
        for last in (False, True):
            sent = {**(headers or {}), "Authorization": f"Bearer {self.token()}", "X-Request-ID": self.ids()}
            request = self.client().build_request(
                method, f"{self.settings.base_url}{path}", headers=sent, content=content, params=params
            )
            answer = self._exchanged(request, broken=broken, size_max=size_max)
            if answer.status != httpx.codes.UNAUTHORIZED or last or self._tokens is None:
                return self._judged(answer, path, broken)
            self._tokens.forget()
        raise AssertionError("The second answer was returned.")

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
        client, self._client, self._tokens = self._client, None, None
        if client is not None:
            client.close()

    def _post_form(self, url: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        request = self.client().build_request("POST", url, data=dict(form), headers={"Accept": "application/json"})
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
        return Answer(status=response.status_code, headers=response.headers, body=body)

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

    def _judged(self, answer: Answer, path: str, broken: Broken) -> Answer:
        status = answer.status
        if httpx.codes.is_success(status):
            return answer
        detail = f"HTTP {status}: {answer.body[:500].decode('utf-8', 'replace')}"
        if status in LATER:
            pause = _retry_after_s(answer.headers.get("Retry-After"), self.now())
            raise Unreachable(
                f"The bank asks us to come back later (HTTP {status}).",
                bank=self.bank,
                detail=detail,
                retry_after_s=pause,
            )
        if httpx.codes.is_server_error(status) or status in DOUBTFUL:
            raise broken(
                f"The bank could not say what became of {path} (HTTP {status}).", bank=self.bank, detail=detail
            )
        raise Refused(f"The bank refused {path} (HTTP {status}).", bank=self.bank, detail=detail)


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
