"""Canonical URLs: one address for one page, whatever trackers and sessions a link carries."""

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urljoin, urlsplit

if TYPE_CHECKING:
    from scrapy.http import Response

# Parameters that name the visit, not the page.
_TRACKERS = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|mc_[ce]id"
    r"|_ga|_gl|_hs(enc|mi)|mkt_tok|vero_id|oly_(anon|enc)_id|wickedid|cmpid|at_(medium|campaign)|__twitter_impression)$",
    re.IGNORECASE,
)
# phpBB, vBulletin, PHP, Java and some shops write the session into every link for who takes no cookies, anew each
# night. `sid` and `s` alone may be anything; as 32 hexadecimal digits they are a session.
_SESSIONS = re.compile(
    r"^(?:(?:phpsessid|jsessionid|oscsid|zenid|cftoken)=.*|(?:sid|s)=[0-9a-f]{32})$",
    re.IGNORECASE | re.DOTALL,
)
# Private feeds and interfaces take their password as a parameter.
_SECRET = re.compile(
    r"([?&;](?:(?:[\w-]{1,30}[_-]|access|auth|api|private|rss)?(?:token|key|secret|password|passwd|pwd|sig|signature)"
    r"|feed(?==[0-9a-f]{40}))=)([^&;#\s]+)",  # Reddit's
    re.IGNORECASE,
)
_WALLS = (
    "(?:log-?in|sign-?in|kirjaudu|kirjautuminen|tunnistautuminen|logga-?in|sso|auth|consent|cookie-?consent|suostumus"
    "|samtycke|evasteet)"
)
# A host of that name below a site's (consent.example.fi), not the site itself; a part of a path.
_WALL = re.compile(rf"(?:^|\.){_WALLS}(?=(?:\.[^./]+){{2,}}/)|[/.]{_WALLS}(?:[/.]|$)", re.IGNORECASE)
_PATH_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)


def canonical_url(url: str) -> str:
    """`url` with its parameters sorted (w3lib's canonicalize_url), without trackers, sessions and fragment.

    What is no web address (`http://[x`) only loses those.
    """
    address = _untracked(url)
    try:
        return _canonical(address)
    except ValueError:
        return address


def without_secrets(text: str) -> str:
    """An address, or a sentence with some, in which `…` stands for the values of `token`, `api_key` and the like."""
    return _SECRET.sub(r"\1…", text)


def without_secrets_of(source: str, text: str) -> str:
    """`text` with `…` for the secrets of the address `source`; what others call a key may name an article."""
    for found in _SECRET.finditer(f"{source} {canonical_url(source)}"):
        text = text.replace(found[0][1:], f"{found[1][1:]}…")
    return text


def web_address(url: str) -> str:
    """As `canonical_url`; empty for what is no web address."""
    try:
        return _canonical(_untracked(url)) if url.startswith(("http://", "https://")) else ""
    except ValueError:
        return ""


def _untracked(url: str) -> str:
    address, _, query = url.partition("#")[0].partition("?")
    kept = [
        part
        for part in query.split("&")
        if part and not (_TRACKERS.match(part.partition("=")[0]) or _SESSIONS.match(part))
    ]
    address = _PATH_SESSION.sub("", address)
    return f"{address}?{'&'.join(kept)}" if kept else address


def _canonical(url: str) -> str:
    from w3lib.url import canonicalize_url

    return str(canonicalize_url(url))


def joined(page: str, link: str) -> str:
    """The absolute address of a `link` on `page`; one that is no web address (`http://[x`) as it stands."""
    try:
        return urljoin(page, link.strip())
    except ValueError:
        return link.strip()


def base_of(response: "Response") -> str:
    """The address that the links of a page start from: its `<base href>` if it has one, else its own."""
    from scrapy.http import HtmlResponse
    from scrapy.utils.response import get_base_url

    try:
        return str(get_base_url(response)) if isinstance(response, HtmlResponse) else response.url
    except ValueError:  # http://[x
        return response.url


def with_fragment(url: str) -> str:
    """As `canonical_url`, the fragment kept: the name of an item where several stand on one page."""
    fragment = url.partition("#")[2]
    return canonical_url(url) + (f"#{fragment}" if fragment else "")


def host_of(url: str) -> str:
    """`host` or `host:port` of `url`, in small letters; empty where there is none."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    default = {"http": 80, "https": 443}.get(parts.scheme)
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port and port != default else shown


def is_front(url: str) -> bool:
    """Whether `url` is a site's front page; of a page at /?p=12 the parameters are the address."""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def is_wall(asked: str, reached: str) -> bool:
    """Whether `reached`, to where `asked` was redirected, is a page to log in or to consent at: by its name, which
    `asked` has not, or because it carries the way back. The same page at another address (https, www, a title behind
    its number) is none.
    """
    page, wall = urlsplit(asked), urlsplit(reached)
    path = unquote(page.path).rstrip("/")
    there = unquote(wall.path)
    same = there.startswith(path) and not there[len(path) :][:1].isalnum()
    back = (
        path
        and not same
        and any(
            unquote(value).partition("#")[0].partition("?")[0].rstrip("/").endswith(path)
            for _, value in parse_qsl(wall.query)
        )
    )
    return bool(back) or (_names_wall(wall) and not _names_wall(page))


def _names_wall(parts: SplitResult) -> bool:
    return _WALL.search(f"{parts.hostname}{parts.path or '/'}") is not None


def trusted_canonical(page: str, declared: str) -> str:
    """The address that a page names as canonical, where it can be believed; otherwise the page's own.

    Another host is not believed, nor the front page from a page below it: a template that names one address
    on every page would merge the whole site into one document.
    """
    try:
        there, front = urlsplit(declared), is_front(declared) and not is_front(page)
    except ValueError:
        return canonical_url(page)
    same_host = host_of(declared).removeprefix("www.") == host_of(page).removeprefix("www.")
    if there.scheme not in ("http", "https") or not same_host or front:
        return canonical_url(page)
    return canonical_url(declared)


def parse_host_port(text: str) -> tuple[str, int]:
    """`host:port` or `[v6]:port` as a pair. Raises ValueError where it is neither."""
    parts = urlsplit(f"//{text}")
    if not parts.hostname or not parts.port or parts.path or "@" in text:
        raise ValueError(f"{text!r} is not host:port")
    return parts.hostname.rstrip("."), parts.port
