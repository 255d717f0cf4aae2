"""Lists in JSON, read by the paths of the configuration: what a page's scripts ask for, or carry in the page."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from scrapy.http import Response

from crawler.extraction import page_language, parse_html
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.spiders.pages import name_of
from crawler.structured import rating_of, text_of
from store.records import Document

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# window.__INITIAL_STATE__ = {…}
_ASSIGNED = re.compile(
    r"\b(?:window|self|globalThis)\s?(?:\.\s?\w{1,60}|\[[\"']\w{1,60}[\"']\])\s?=\s?(?=[{\[])"
)
MAX_VARIABLES = 50
"""Of one script."""
_MILLISECONDS = 100_000_000_000
"""Of numbers from here on; below they are seconds, up to the year 5138."""


class JsonSpider(SourceSpider):
    """Takes every object of the list at `item`, and of it what stands at `text`, `rating` and so on; then goes on to
    the address at `next`.
    """

    def begin(self) -> Output:
        yield from self.page_of_list(self.source.url, self.parse_list)
        yield from self.where_it_stopped(self.parse_list)

    def parse_list(self, response: Response) -> Output:
        """The items of one answer, which is JSON, or a page that carries some in its scripts."""
        body = self.decoded(response)
        tree = parse_html(body.text) if body.text.lstrip()[:1] == "<" else None
        language = (page_language(tree) if tree is not None else None) or self.source.language
        for data in [self.json(response)] if tree is None else data_in(tree):
            items = at(data, self.source.item)
            if isinstance(items, list):
                break
        else:
            raise BadPage(f"there is no list at {self.source.item!r}; look at the path in item")
        documents = [
            self._document(each, response, language, doubt=body.doubt)
            for each in items
            if isinstance(each, dict)
        ]
        found = tuple(self.found(each) for each in self.on_one_scale(documents) if each.text or each.title)
        following = at(data, self.source.next) if self.source.next else None
        address = following if isinstance(following, str) else ""
        yield from self.items_of_list(response, found, address, self.parse_list)

    def _document(
        self, item: dict[str, Any], response: Response, language: str | None, *, doubt: bool
    ) -> Document:
        source = self.source

        def told(path: str) -> str:
            return text_of(at(item, path)) if path else ""

        url = self.link(response, told(source.link)) if source.link else response.url
        rating, best = rating_of(at(item, source.rating)) if source.rating else (None, 5.0)
        return self.document(
            told(source.id) or name_of(url, response.url),
            url,
            "review" if source.rating else "post",
            told(source.title),
            told(source.text),
            author=told(source.author) or None,
            published=self.date(_moment(told(source.date)), "api", language),
            language=language,
            rating=rating,
            rating_best=best,
            encoding_doubt=doubt,
        )


def at(data: Any, path: str) -> Any:
    """What stands at a `path` of keys and places, such as `data.reviews` or `pages.0`; "." is `data` itself, None for
    what is not there.
    """
    for part in path.split(".") if path != "." else ():
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def data_in(tree: "HtmlElement") -> Iterator[Any]:
    """The JSON that the scripts of a page hold: whole (`__NEXT_DATA__`), or given to a variable of the window."""
    for script in tree.iter("script"):
        text, kind = script.text_content(), (script.get("type") or "").lower()
        whole = [len(text) - len(text.lstrip())] if "json" in kind else []
        begins = whole or [each.end() for each in islice(_ASSIGNED.finditer(text), MAX_VARIABLES)]
        for begin in begins:
            try:
                yield json.JSONDecoder(strict=False).raw_decode(text, begin)[0]
            except (ValueError, RecursionError):
                continue


def _moment(written: str) -> str:
    """A date as it is written; seconds or milliseconds since 1970 as ISO."""
    if not re.fullmatch(r"\d{9,13}", written):
        return written
    seconds = int(written) / (1000 if int(written) >= _MILLISECONDS else 1)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
