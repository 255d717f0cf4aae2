"""arvio.toml: read and checked whole before anything runs; an unknown key is an error that names it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from crawler.brands import Brand
from crawler.urls import parse_host_port
from store.errors import ConfigError
from store.language import is_code
from store.text import normal_form

MAX_BYTES = 4 * 1024 * 1024
# A Discourse address that shows a category, a tag or a topic, which have feeds, or the topics in some order.
_FORUM_PART = re.compile(
    r"(?P<forum>https?://[^?#]*?)/(?:(?P<part>(?:c|tag)/[^?#]+?(?=(?:/l/\w+)?/?(?:\.json)?(?:[?#]|$))"
    r"|t/(?:\d+|[^/?#]+/\d+)(?=[/.?#]|$))|(?:latest|new|top|categories)(?=[/.?#]|$))"
)
# The first part of a Telegram address that leads to no public channel: none, an invitation, a private chat.
_NO_CHANNEL = re.compile(r"/(?:s/?)?$|/(?:s/)?(?:\+|joinchat/|c/)")
_SELECTORS = ("item", "title", "text", "author", "date", "rating", "link", "next")

SourceKind = Literal[
    "feed",
    "sitemap",
    "pages",
    "reviews",
    "json",
    "wordpress",
    "discourse",
    "telegram",
    "mastodon",
    "hackernews",
    "appstore",
    "file",
    "warc",
]


@dataclass(frozen=True)
class StoreOptions:
    """[store]: where the SQLite file is, and whether author names are kept as they are."""

    path: str = "arvio.db"
    store_authors: bool = False


@dataclass(frozen=True)
class CrawlOptions:
    """[crawl]: how the crawler introduces and limits itself.

    `max_pages` and `max_minutes` hold for each source; `max_depth` bounds the indexes of sitemaps. `delay` is
    the least number of seconds between two requests to one host, `per_host` how many may run at a time there,
    whatever the number of sources; `timeout` bounds one response whole, its body too.
    """

    contact: str = ""
    max_pages: int = 500
    max_depth: int = 5
    max_minutes: int = 60
    delay: float = 1.0
    per_host: int = 1
    timeout: float = 30.0
    allow_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceConfig:
    """One [[source]]. The selectors (`item` … `next`) are for "pages" and "warc", `next` for "reviews" too; for "json"
    they are paths, `id` among them. `path` is for "file" and "warc".

    `timezone` (such as "Europe/Helsinki") is that of dates written without one; by default the language tells
    it. `about` names the brand that the items are about, for reviews that do not name it. `search` holds the
    words or tags that wordpress, mastodon and hackernews are asked for, and what a sitemap's addresses must
    contain one of.
    """

    name: str
    kind: SourceKind
    url: str = ""
    path: str = ""
    language: str | None = None
    timezone: str = ""
    follow: bool = False
    max_pages: int | None = None
    verify_tls: bool = True
    ignore_robots: bool = False
    about: str = ""
    search: tuple[str, ...] = ()
    item: str = ""
    id: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    date: str = ""
    rating: str = ""
    link: str = ""
    next: str = ""


@dataclass(frozen=True)
class Config:
    """The whole configuration; `folder` is where relative paths start."""

    store: StoreOptions = StoreOptions()
    crawl: CrawlOptions = CrawlOptions()
    brand: tuple[Brand, ...] = ()
    source: tuple[SourceConfig, ...] = ()
    aspects: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    notify: tuple[str, ...] = ()
    folder: Path = Path()


def load_config(path: Path) -> Config:
    """Read and check `path`. Raises ConfigError with one sentence that names the file and the key."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; write one with `arvio init`") from None
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); give another file with --config"
        ) from None
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{path}: {len(raw) / 2**20:.0f} MiB is no configuration; the limit is 4 MiB")
    return parse_config(raw, str(path), path.parent)


def parse_config(raw: bytes, where: str, folder: Path) -> Config:
    """As `load_config`, from bytes; `where` names the file in messages."""
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: is not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{where}: is nested too deeply for a configuration") from None
    if "folder" in table:
        raise ConfigError(f"{where}: unknown key folder; see docs/config.md")
    config = _build(Config, table | {"folder": folder}, where, "")
    _check(config, where)
    assert isinstance(config, Config)
    return config


def _build(cls: Any, table: Any, where: str, at: str) -> Any:
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: {at or 'the file'} must be a table")
    hints = get_type_hints(cls)
    known = {item.name: item for item in fields(cls)}
    values = {}
    for key, value in table.items():
        name = f"{at}.{key}" if at else key
        if key not in known:
            names = ", ".join(sorted(known.keys() - {"folder"}))
            raise ConfigError(f"{where}: unknown key {name or repr(name)}; known here: {names}")
        values[key] = _convert(hints[key], value, where, name)
    for name, item in known.items():
        if name not in values and item.default is MISSING and item.default_factory is MISSING:
            raise ConfigError(f"{where}: {at}.{name} is missing; give one")
    return cls(**values)


def _convert(kind: Any, value: Any, where: str, at: str) -> Any:
    origin = get_origin(kind)
    if origin is UnionType:
        inner = [arg for arg in get_args(kind) if arg is not NoneType]
        return _convert(inner[0], value, where, at)
    if origin is tuple:
        (item, _) = get_args(kind)
        if not isinstance(value, list):
            example = '["…"]' if item is str else f"[[{at}]]"
            raise ConfigError(f"{where}: {at} must be a list; write {example}")
        for index, each in enumerate(value):
            if isinstance(each, str) and not each.strip():
                raise ConfigError(f"{where}: {at}[{index}] is empty; fill it in or take it out")
        return tuple(_convert(item, each, where, f"{at}[{index}]") for index, each in enumerate(value))
    if origin is Literal:
        if value not in get_args(kind):
            raise ConfigError(f"{where}: {at} is {value!r}; choose one of {', '.join(get_args(kind))}")
        return value
    if origin is not None:
        if not isinstance(value, Mapping):
            raise ConfigError(f"{where}: {at} must be a table")
        (_, item) = get_args(kind)
        return {key: _convert(item, each, where, f"{at}.{key}") for key, each in value.items()}
    if hasattr(kind, "__dataclass_fields__"):
        return _build(kind, value, where, at)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind and not isinstance(value, Path):
        names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
        raise ConfigError(f"{where}: {at} must be {names[kind]}, not {value!r}")
    return value


def _check(config: Config, where: str) -> None:
    _check_names([brand.name for brand in config.brand], "brand", where)
    _check_names([source.name for source in config.source], "source", where)
    if not config.store.path.strip() or "\0" in config.store.path:
        raise ConfigError(f"{where}: store.path is no file name; give one such as arvio.db")
    if ".." in Path(config.store.path).parts:
        raise ConfigError(f"{where}: store.path leaves its folder by ..; write the whole path instead")
    _check_crawl(config.crawl, f"{where}: crawl")
    for index, brand in enumerate(config.brand):
        for place, code in enumerate(brand.languages):
            _check_language(code, f"{where}: brand[{index}].languages[{place}]")
    for aspect, words in config.aspects.items():
        for code in words:
            _check_language(code, f"{where}: aspects.{aspect}.{code}")
    named = {normal_form(name) for brand in config.brand for name in (brand.name, *brand.aliases)}
    for index, source in enumerate(config.source):
        at = f"{where}: source[{index}]"
        _check_source(source, at)
        _check_selectors(source, at)
        if source.about and normal_form(source.about) not in named:
            raise ConfigError(f"{at}.about {source.about!r} is none of the brands; write one brand's name")


def _check_names(names: list[str], label: str, where: str) -> None:
    for index, name in enumerate(names):
        if not name.strip():
            raise ConfigError(f"{where}: {label}[{index}].name is empty; give each {label} a name")
        if name in names[:index]:
            raise ConfigError(f"{where}: {label}[{index}].name {name!r} is used twice; rename one")


def _check_crawl(crawl: CrawlOptions, at: str) -> None:
    for name in ("max_pages", "max_depth", "max_minutes", "per_host"):
        if getattr(crawl, name) < 1:
            raise ConfigError(f"{at}.{name} must be at least 1")
    if not 0 <= crawl.delay <= 3600:
        raise ConfigError(f"{at}.delay is {crawl.delay:g}; give seconds from 0 to 3600")
    if not 0 < crawl.timeout <= 600:
        raise ConfigError(f"{at}.timeout is {crawl.timeout:g}; give seconds up to 600")
    if any(ord(letter) < 32 for letter in crawl.contact) or not crawl.contact.isascii():
        raise ConfigError(f"{at}.contact goes into a header; give a plain mail address or URL in one line")
    for index, each in enumerate(crawl.allow_hosts):
        try:
            parse_host_port(each)
        except ValueError:
            raise ConfigError(f'{at}.allow_hosts[{index}] is {each!r}; write "host:port"') from None


def _check_language(code: str, at: str) -> None:
    if not is_code(code):
        raise ConfigError(f'{at} is {code!r}; write a code such as "fi" or "hy"')


def _check_source(source: SourceConfig, at: str) -> None:
    if source.max_pages is not None and source.max_pages < 1:
        raise ConfigError(f"{at}.max_pages must be at least 1")
    if source.timezone and source.timezone not in available_timezones():
        raise ConfigError(
            f'{at}.timezone {source.timezone!r} is unknown; write one such as "Europe/Helsinki"'
        )
    if source.language is not None:
        _check_language(source.language, f"{at}.language")
    if source.kind in ("file", "warc"):
        if not source.path:
            raise ConfigError(f"{at}.path is missing; give the file that {source.name!r} reads")
        return
    try:
        parts = urlsplit(source.url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        whole = whole and not any(char.isspace() for char in source.url)
    except ValueError:
        whole = False
    if not whole:
        raise ConfigError(f"{at}.url {source.url!r} is no web address; give one with http:// or https://")
    if "@" in parts.netloc:  # not shown: messages are mailed, and the store is shared
        raise ConfigError(
            f"{at}.url holds a user name or a password, which Arvio does not send; give the address without"
        )
    if source.kind == "telegram" and parts.hostname == "t.me" and _NO_CHANNEL.match(parts.path):
        raise ConfigError(f"{at}.url {source.url!r} names no public channel; write https://t.me/s/CHANNEL")
    if source.kind == "discourse" and (found := _FORUM_PART.match(source.url)):
        forum, part = found["forum"], found["part"]
        feed = f', or kind "feed" and {f"{forum}/{part}.rss"!r} for this part alone' if part else ""
        raise ConfigError(f"{at}.url {source.url!r} is not the forum as a whole; write {forum!r}{feed}")
    for name in ("item", "text") if source.kind == "json" else ():
        if not getattr(source, name):
            raise ConfigError(f'{at}.{name} is missing; kind "json" needs its path, such as data.reviews')
    if source.kind == "pages" and not source.item:
        raise ConfigError(f'{at}.item is missing; kind "pages" needs the CSS selector of one item')


def _check_selectors(source: SourceConfig, at: str) -> None:
    written = [(name, getattr(source, name)) for name in _SELECTORS if getattr(source, name)]
    if not written or source.kind == "json":
        return
    from cssselect import SelectorError
    from parsel.csstranslator import HTMLTranslator

    for name, css in written:
        try:
            HTMLTranslator().css_to_xpath(css)
        except SelectorError as error:
            raise ConfigError(
                f"{at}.{name} {css!r} is no CSS selector ({error}); write it as in CSS"
            ) from None
