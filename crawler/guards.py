"""The guard against requests into private networks (SSRF), in three layers.

1. `UrlGuard` refuses forbidden schemes, credentials, numeric spellings of addresses and literal special
   addresses.
2. `GuardResolver` hands the connection only addresses that may be fetched. What was checked is what is
   connected to, so a name that resolves differently the next moment (DNS rebinding) gains nothing.
3. `AddressGuard` checks the address that answered before anything else sees the response.

Private and loopback hosts are fetched only where `[crawl] allow_hosts` names them as "host:port".
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer

from crawler.urls import parse_host_port

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response
    from scrapy.statscollectors import StatsCollector

# IANA special-purpose registries, plus multicast and the reserved block. `ipaddress.is_global` is no such
# list: it is true for 224.0.0.1, 64:ff9b::7f00:1 (NAT64 of loopback) and 2002:7f00:1:: (6to4 of loopback).
_SPECIAL_V4 = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_GLOBAL_V6 = ip_network("2000::/3")
_SPECIAL_V6 = tuple(
    ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)  # fmt: skip
# What inet_aton takes for an IPv4 address: one to four decimal, octal or hexadecimal numbers.
_NUMERIC_HOST = re.compile(r"^(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}$")
_DOTTED_QUAD = re.compile(r"^(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}$")
_LOCAL_NAMES = (
    "localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain", "ip6-localhost",
)  # fmt: skip

SCHEME, CREDENTIALS, SPELLING, NAME, SPECIAL, RESOLVED, ANSWERED = (
    "scheme", "credentials", "spelling", "local name", "special address", "resolved address",
    "answering address",
)  # fmt: skip


class Refused(IgnoreRequest):
    """A request that the guard did not let out; `reason` is one of this module's reason constants."""

    def __init__(self, reason: str, url: str) -> None:
        self.reason = reason
        super().__init__(f"{url}: refused by the guard against private networks ({reason})")


def is_special(address: str) -> bool:
    """Whether `address` (IPv4 or IPv6, in whatever spelling `ipaddress` reads) may not be fetched."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return is_special(str(parsed.ipv4_mapped))
        return parsed not in _GLOBAL_V6 or any(parsed in block for block in _SPECIAL_V6)
    return any(parsed in block for block in _SPECIAL_V4)


class Policy:
    """What may be fetched: the public internet, and the private "host:port" pairs of `allow_hosts`."""

    def __init__(self, allow_hosts: Iterable[str] = ()) -> None:
        self._allowed = frozenset(parse_host_port(each) for each in allow_hosts)

    def allows(self, host: str, port: int) -> bool:
        """Whether the configuration names this private host and port."""
        return (host.rstrip("."), port) in self._allowed

    def refusal(self, url: str) -> str | None:
        """Why `url` may not be fetched as it is written, or None; names are resolved later."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return SPELLING
        if parts.scheme not in ("http", "https"):
            return SCHEME
        if parts.username is not None or parts.password is not None:
            return CREDENTIALS
        if not host or any(mark in parts.netloc for mark in "%\\ \t\r\n"):
            return SPELLING
        if self.allows(host, port or (443 if parts.scheme == "https" else 80)):
            return None
        return _host_refusal(unicodedata.normalize("NFKC", host).lower().replace("。", ".").rstrip("."))

    def address_refused(self, host: str, port: int, address: str) -> bool:
        """Whether `address`, to which `host` resolved, may not be connected to."""
        return is_special(address) and not self.allows(host, port)


def _host_refusal(host: str) -> str | None:
    if ":" in host or _DOTTED_QUAD.match(host):
        return SPECIAL if is_special(host) else None
    if _NUMERIC_HOST.match(host):
        return SPELLING
    if any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES) or "." not in host:
        return NAME
    return None


@implementer(IResolutionReceiver)
class _Filter:
    """Passes on the addresses that may be connected to and remembers whether any was held back."""

    def __init__(self, inner: Any, resolver: "GuardResolver", host: str, port: int) -> None:
        self._inner, self._resolver, self._host, self._port = inner, resolver, host, port

    def resolutionBegan(self, resolution: Any) -> None:
        self._inner.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        if self._resolver.policy.address_refused(self._host, self._port, address.host):
            self._resolver.refused.add(self._host)
        else:
            self._inner.addressResolved(address)

    def resolutionComplete(self) -> None:
        self._inner.resolutionComplete()


@implementer(IHostnameResolver)
class GuardResolver:
    """The process's resolver: the reactor's own, less every address that the policy refuses.

    `refused` holds the names of which an address was held back. Nothing is cached here.
    """

    def __init__(self, reactor: Any, policy: Policy) -> None:
        self.policy = policy
        self.refused: set[str] = set()
        self._reactor = reactor
        self._inner = reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Self:
        """As Scrapy makes its TWISTED_DNS_RESOLVER; `crawler` is the process."""
        return cls(reactor, Policy(crawler.settings.getlist("ARVIO_ALLOW_HOSTS")))

    def install_on_reactor(self) -> None:
        """Take the place of the reactor's resolver."""
        self._reactor.installNameResolver(self)

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[Any] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        receiver = _Filter(resolutionReceiver, self, hostName, portNumber)
        return self._inner.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


class UrlGuard:
    """Downloader middleware nearest to the engine: the first layer."""

    def __init__(self, crawler: "Crawler") -> None:
        self._policy = Policy(crawler.settings.getlist("ARVIO_ALLOW_HOSTS"))
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    def process_request(self, request: "Request") -> None:
        reason = self._policy.refusal(request.url)
        if reason:
            _count(self._stats, reason)
            raise Refused(reason, request.url)


class AddressGuard:
    """Downloader middleware nearest to the network: the third layer, and the account of the second."""

    def __init__(self, crawler: "Crawler") -> None:
        self._policy = Policy(crawler.settings.getlist("ARVIO_ALLOW_HOSTS"))
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    def process_response(self, request: "Request", response: "Response") -> "Response":
        address = response.ip_address
        parts = urlsplit(request.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if isinstance(address, (IPv4Address, IPv6Address)) and self._policy.address_refused(
            parts.hostname or "", port, str(address)
        ):
            _count(self._stats, ANSWERED)
            raise Refused(ANSWERED, request.url)
        return response

    def process_exception(self, request: "Request", exception: Exception) -> None:
        # Here, before the retries see that the name did not resolve to anything that may be connected to.
        if not isinstance(exception, CannotResolveHostError):
            return
        from twisted.internet import reactor

        if urlsplit(request.url).hostname in getattr(reactor.nameResolver, "refused", ()):
            _count(self._stats, RESOLVED)
            raise Refused(RESOLVED, request.url)


def _count(stats: "StatsCollector", reason: str) -> None:
    stats.inc_value("arvio/refused")
    stats.inc_value(f"arvio/refused/{reason}")
