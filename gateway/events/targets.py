"""Where a webhook may point: a public address, looked up again for every call and then held on to.

Without this a webhook would let a caller reach into the hub's own network (SSRF, rulebook WH-02). The name is resolved
once, every address is checked, and the request goes to the checked address: a second look-up could answer otherwise.
"""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.domain.errors import Unacceptable

URL_LENGTH_MAX = 500
HTTPS_PORT = 443
HTTP_PORT = 80
Resolve = Callable[[str, int], list[str]]
"""Host and port to addresses; raises :class:`OSError`."""


class TargetRefused(Unacceptable):
    """The address is not one that webhooks may be sent to."""

    code = "webhook.target_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A checked place: connect to ``address``, ask for ``host``."""

    scheme: str
    host: str
    address: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The URL with the address in place of the name."""
        shown = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{shown}:{self.port}{self.path}"

    @property
    def authority(self) -> str:
        """What goes into the Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.scheme == "https" else HTTP_PORT
        return name if self.port == usual else f"{name}:{self.port}"


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, by the machine's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def check(url: str, *, allow_private: bool, look_up: Resolve = resolve) -> Target:
    """The target of a URL; raises :class:`TargetRefused`, and :class:`OSError` when the name cannot be resolved.

    ``allow_private`` is for demonstrations and closed networks: it allows private addresses and plain HTTP.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as err:
        raise TargetRefused("This is not a URL.") from err
    if len(url) > URL_LENGTH_MAX or any(ord(one) <= 0x20 for one in url):
        raise TargetRefused(f"A URL has at most {URL_LENGTH_MAX} characters and no blanks.")
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise TargetRefused(f"A webhook's URL begins with {schemes[0]}:// and names a host.")
    if parts.username is not None or parts.password is not None:
        raise TargetRefused("A webhook's URL holds no user name and no password; the signature proves who calls.")
    if parts.fragment:
        raise TargetRefused("A webhook's URL has no part after '#'.")
    port = port or (HTTPS_PORT if parts.scheme == "https" else HTTP_PORT)
    addresses = look_up(parts.hostname, port)
    for address in addresses:
        if not allow_private and not _public(address):
            raise TargetRefused(f"{parts.hostname} is not a public address; webhooks do not go there.")
    if not addresses:
        raise OSError(f"{parts.hostname} has no address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=parts.hostname, address=addresses[0], port=port, path=path)


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return _public(str(inner))
        if found in _NAT64:
            return _public(str(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)))
    return found.is_global and not found.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
