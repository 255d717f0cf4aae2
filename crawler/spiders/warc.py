"""Archived pages from a WARC file, read as if they had just been fetched."""

from collections.abc import Iterator
from pathlib import Path

from scrapy.http import HtmlResponse, Request

from crawler.settings import MAX_BYTES
from crawler.spiders.base import BadPage, Output
from crawler.spiders.pages import PagesSpider
from crawler.urls import canonical_url


class WarcSpider(PagesSpider):
    """Takes each HTML page of the file as an article, or with `item` as a listing.

    Answers other than 2xx (redirects, error pages) are passed over and counted.
    """

    def begin(self) -> Output:
        path = self.run.config.folder / Path(self.source.path)
        try:
            for url, headers, body in self._records(path):
                yield from self._page(url, headers, body)
        except FileNotFoundError:
            self.state.fail(f"{path}: no such file")
        except (OSError, ValueError) as error:
            self.state.fail(f"{path}: cannot be read ({error})")

    def _records(self, path: Path) -> Iterator[tuple[str, dict[str, str], bytes]]:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed

        with path.open("rb") as file:
            try:
                for record in ArchiveIterator(file):
                    kind = record.http_headers.get_header("Content-Type", "") if record.http_headers else ""
                    if record.rec_type == "response" and "html" in kind.lower():
                        if not record.http_headers.get_statuscode().startswith("2"):
                            self.state.passed_over += 1
                            continue
                        url = record.rec_headers.get_header("WARC-Target-URI")
                        yield url, {"Content-Type": kind}, record.content_stream().read(MAX_BYTES)
            except ArchiveLoadFailed as error:
                raise ValueError(str(error)) from None

    def _page(self, url: str, headers: dict[str, str], body: bytes) -> Output:
        key = canonical_url(url)
        if key in self.asked or self.budget <= 0:
            self.state.limited = self.state.limited or self.budget <= 0
            return
        self.asked.add(key)
        self.budget -= 1
        self.state.pages += 1
        request = Request(url, meta={"arvio_key": key})
        response = HtmlResponse(url, headers=headers, body=body, request=request)
        try:
            yield from self.parse_page(response) if self.source.item else self.parse_article(response)
        except BadPage as error:
            yield from self._error(str(error), request)
