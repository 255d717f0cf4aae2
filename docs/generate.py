"""Writes docs/cli.md and docs/config.md from the code: `python docs/generate.py`; `--check` only compares.

The command reference comes from the commands themselves, the configuration reference from the dataclasses
that read arvio.toml, with one sentence here for each key; a key without a sentence is an error, and so is a
sentence without its key.
"""

import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
sys.path.insert(0, str(ROOT))

_HEAD = "<!-- Written by docs/generate.py; change the code or that file, not this one. -->\n"

MEANINGS: dict[str, dict[str, str]] = {
    "store": {
        "path": "The SQLite file, relative to the configuration. `--db` on the command line goes before it.",
        "store_authors": "Keep author names as they are written. By default the store keeps only a keyed hash "
        "of each name, enough to tell one author from another. See [privacy.md](privacy.md).",
    },
    "crawl": {
        "contact": "A mail address or URL of yours; it goes into the user agent, so that a site's owner can "
        "reach you.",
        "max_pages": "At most so many pages of each source in one run. Where a list of `pages`, `reviews` "
        "or `wordpress` is longer, the next runs go on from there, until its end is reached.",
        "max_depth": "How many indexes of sitemaps may lead to one another.",
        "max_minutes": "A run stops collecting after so many minutes.",
        "delay": "The least number of seconds between two requests to one host.",
        "per_host": "How many requests may run at a time at one host, whatever the number of sources there.",
        "timeout": "Seconds for one response, its body included.",
        "allow_hosts": 'Private or loopback addresses that may be fetched, as `"host:port"` (an intranet '
        "forum). All others are refused.",
    },
    "brand": {
        "name": "The brand's name in its base form. It is inflected by rule in each of `languages`.",
        "aliases": "Other names; inflected in the same way.",
        "group": "Brands of one group are compared with each other, and the group has an index of its own.",
        "case": '`"exact"` asks for the name\'s capital letter, for names that are also common words or first '
        "names; a capital at the start of a sentence then proves nothing.",
        "require_any": "Context words of which one must stand in the same or a neighbouring sentence.",
        "exclude": "Phrases in which the name means something else, in all their forms. Two brands of yours of "
        "which one's name holds the other's both count such a text, as a company and its service do (*Elisa*, "
        "*Elisa Viihde*); where they have nothing to do with each other, exclude the longer: Nokia with "
        '`exclude = ["Nokian Renkaat"]`.',
        "forms": "Forms that are taken as they stand, for names whose inflection the rules cannot know.",
        "languages": "Languages whose rules of inflection apply: fi, hy, ru, sv; in any other the bare name matches.",
        "compounds": "Whether closed compounds count (*Nokiapuhelin*); hyphenated ones always do.",
    },
    "source": {
        "name": "Your name for the source; it stands beside every mention from there.",
        "kind": "How the source is read; see the list below.",
        "url": "Its address, with http:// or https://. Not for `file` and `warc`.",
        "path": "The file, for `file` and `warc`.",
        "language": "The language that the source is in. Texts of five words and more are identified one by "
        "one; shorter ones, and dates, are taken to be in this language where the page names none (short texts in "
        "Russian letters of an Armenian source may be Russian). Dates that "
        "cannot be read in the language that the page names are read in this one.",
        "timezone": 'The time zone of dates written without one, such as `"Europe/Helsinki"`; by default that '
        "of the language.",
        "follow": "For `feed` and `pages`: fetch the page behind each entry, where the list holds only a summary.",
        "max_pages": "As in `[crawl]`, for this source only.",
        "verify_tls": "Whether the certificate must be valid.",
        "ignore_robots": "Collect although robots.txt forbids it. Only for a site of your own.",
        "about": "The brand that the items are about, for reviews that do not name it.",
        "search": "Words or tags to ask for, for `wordpress`, `mastodon` and `hackernews`; by default the names "
        "of the brands. For `sitemap`: take only addresses that contain one of these.",
        "item": "CSS selector of one item, for `pages`; with it `warc` reads its pages as lists too. For `json` this "
        "and the keys below are paths: of the list (`data.reviews`), and inside its items (`user.name`).",
        "id": "Path of what names an item for good, for `json`: an edited one is then known again.",
        "title": "CSS selector of the title inside an item (`h2::text`).",
        "text": "CSS selector of the text inside an item; what it quotes from others (`blockquote`) is left out, "
        "but for items with a `rating`.",
        "author": "CSS selector of the author inside an item.",
        "date": "CSS selector of the date inside an item.",
        "rating": "CSS selector of the stars inside an item: in digits, drawn (★★★★☆), in a label, or as a width.",
        "link": "CSS selector of the item's own address (`a::attr(href)`).",
        "next": "CSS selector of the link to the next page of the list. `reviews` goes by `rel=next` without it.",
    },
    "": {
        "aspects": "`[aspects.NAME]` with a list of words for each language adds an aspect, or words to one that "
        "Arvio knows.",
        "notify": "Services to tell about new alerts, as [Apprise](https://github.com/caronc/apprise) writes "
        "addresses: `json://host/path` for a webhook, `mailtos://…` for e-mail. It needs `pip install "
        "'arvio[notify]'`.",
    },
}  # fmt: skip

KINDS: dict[str, str] = {
    "feed": "RSS, Atom or JSON Feed; `follow` fetches each entry's page.",
    "sitemap": "A sitemap, plain, of news, or an index of others.",
    "pages": "A list of items on pages, by CSS selectors, page after page.",
    "reviews": "Pages with schema.org reviews or comments (JSON-LD or microdata).",
    "json": "A list in JSON, by paths: what a page's scripts ask for, or what the page carries (`__NEXT_DATA__`).",
    "wordpress": "A WordPress site's own interface: posts and comments.",
    "discourse": "A Discourse forum; one category or topic of it has an RSS feed of its own (kind `feed`).",
    "telegram": "The public preview of a Telegram channel (`https://t.me/s/CHANNEL`, or `https://t.me/CHANNEL`).",
    "mastodon": "The public timeline of a tag on a Mastodon server.",
    "hackernews": "Hacker News, by its public search.",
    "appstore": "Customer reviews of an app in Apple's App Store.",
    "file": "CSV or JSON Lines, such as an export of another service.",
    "warc": "Archived pages in a WARC file; its redirects and error pages are passed over.",
}


def config_page() -> str:
    """docs/config.md."""
    from crawler.config import Config, SourceKind

    if set(KINDS) != set(get_args(SourceKind)):
        raise SystemExit(f"docs/generate.py: KINDS lacks {set(get_args(SourceKind)) ^ set(KINDS)}")
    lines = [
        _HEAD,
        "# arvio.toml\n",
        "The configuration is one TOML file. It is checked whole before anything runs: an unknown key, a wrong "
        "type or a missing value is an error that names the key (exit code 78). Paths are relative to the file. "
        "`arvio init` writes a commented one.\n",
    ]
    hints = get_type_hints(Config)
    for name in ("store", "crawl", "brand", "source"):
        many = get_origin(hints[name]) is tuple
        cls = get_args(hints[name])[0] if many else hints[name]
        lines += [f"## {'[[' if many else '['}{name}{']]' if many else ']'}\n", *_key_table(cls, name)]
        if name == "source":
            lines += ["### Kinds of source\n", "| kind | what it reads |", "|---|---|"]
            lines += [f"| `{kind}` | {meaning} |" for kind, meaning in KINDS.items()] + [""]
    lines += ["## At the top of the file\n"]
    known = {each.name for each in fields(Config)} - {"store", "crawl", "brand", "source", "folder"}
    _same(known, set(MEANINGS[""]), "the top of the file")
    lines += ["| key | what it does |", "|---|---|"]
    lines += [f"| `{key}` | {meaning} |" for key, meaning in MEANINGS[""].items()]
    return "\n".join(lines) + "\n"


def _key_table(cls: Any, name: str) -> Iterator[str]:
    hints = get_type_hints(cls)
    _same({each.name for each in fields(cls)}, set(MEANINGS[name]), f"[{name}]")
    yield "| key | type | default | what it does |\n|---|---|---|---|"
    for each in fields(cls):
        kind = _type_name(hints[each.name])
        yield f"| `{each.name}` | {kind} | {_default(each)} | {MEANINGS[name][each.name]} |"
    yield ""


def _same(keys: set[str], described: set[str], where: str) -> None:
    if keys != described:
        raise SystemExit(
            f"docs/generate.py: {where}: {sorted(keys ^ described)} stand only in one of code and docs"
        )


def _type_name(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is UnionType:
        return _type_name(next(each for each in get_args(kind) if each is not NoneType))
    if origin is tuple:
        return "list of " + {"text": "texts"}.get(_type_name(get_args(kind)[0]), "values")
    if origin is Literal:
        return (
            "one of " + ", ".join(f"`{each}`" for each in get_args(kind))
            if len(get_args(kind)) < 4
            else "text"
        )
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}[kind]


def _default(item: Field[Any]) -> str:
    if item.default is MISSING:
        return "must be given"
    value = item.default
    if value is None or value in ("", ()):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{each}"' for each in value) + "]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value:g}`"


def cli_page() -> str:
    """docs/cli.md."""
    import typer

    import cli

    lines = [
        _HEAD,
        "# Commands\n",
        "Numbers and tables go to standard output, progress and messages to standard error. With `--json` "
        "standard output is one JSON document and nothing else. `--config` and `--db` name the configuration "
        "and the store (`arvio.toml` and, without one, `arvio.db` in the present folder). Days are written "
        "`2026-11-22`.\n",
        "| exit code | meaning |\n|---|---|",
        *(f"| {code} | {meaning} |" for code, meaning in _EXIT_CODES),
        "",
    ]
    for path, command in _commands(typer.main.get_command(cli.app), "arvio"):
        lines += list(_command(path, command))
    return "\n".join(lines).rstrip() + "\n"


_EXIT_CODES = (
    (0, "all well"),
    (1, "an error of Arvio's own"),
    (2, "the command was used wrongly"),
    (3, "finished, but a source failed or went silent, or an alert could not be delivered"),
    (66, "the model is missing or refused"),
    (73, "an output cannot be written"),
    (74, "the disk or the store failed"),
    (75, "another process holds the store or the source"),
    (78, "the configuration is wrong"),
    (130, "interrupted"),
    (141, "whoever read the output went away, as `head` does"),
)


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, each in sorted(getattr(command, "commands", {}).items()):
        if getattr(each, "invoke_without_command", False) or not hasattr(each, "commands"):
            yield f"{path} {name}", each
        yield from _commands(each, f"{path} {name}")


def _command(path: str, command: Any) -> Iterator[str]:
    shown = [each for each in command.params if not each.hidden and each.name != "help"]
    arguments = [each for each in shown if each.param_type_name == "argument"]
    words = [_word(each) for each in arguments]
    options = [each for each in shown if each.param_type_name == "option"]
    yield f"## {path}\n"
    yield " ".join((command.help or "").split()) + "\n"
    yield f"```\n{' '.join([path, *words, *(['[OPTIONS]'] if options else [])])}\n```\n"
    described = [
        (word, each) for word, each in zip(words, arguments, strict=True) if getattr(each, "help", None)
    ]
    if not described and not options:
        return
    yield "| argument or option | what it does |\n|---|---|"
    for word, each in described:
        yield f"| `{word}` | {each.help} |"
    for each in options:
        yield f"| {_option(each)} | {each.help or ''}{_option_default(each)} |"
    yield ""


def _word(argument: Any) -> str:
    word = (argument.metavar or argument.name.upper()) + ("…" if argument.nargs < 0 else "")
    return word if argument.required else f"[{word}]"


def _option(option: Any) -> str:
    value = "" if option.is_flag else f" {option.metavar or _metavar(option)}"
    return ", ".join(f"`{each}{value}`" for each in option.opts)


def _metavar(option: Any) -> str:
    """What stands for the value: a file, a number or text."""
    kind = getattr(getattr(option, "type_descriptor", None), "annotation", str)
    return {"Path": "PATH", "int": "NUMBER", "float": "NUMBER"}.get(getattr(kind, "__name__", ""), "TEXT")


def _option_default(option: Any) -> str:
    if option.required:
        return " Must be given."
    if option.is_flag or option.default in (None, "", ()) or callable(option.default):
        return ""
    return f" Default: `{option.default}`."


PAGES = {"config.md": config_page, "cli.md": cli_page}


def main() -> int:
    """Writes both pages; with `--check` says which is not current and returns 1."""
    stale = []
    for name, page in PAGES.items():
        path, text = FOLDER / name, page()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"not current: {', '.join(stale)}; run python docs/generate.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
