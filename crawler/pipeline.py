"""The item pipeline: pages are matched, batched and stored, each together with the mark that it is done."""

import asyncio
from typing import TYPE_CHECKING, Any, Self

from crawler.context import RunContext, SourceState
from crawler.items import Page
from crawler.mentions import find_mentions, worth_storing
from store.errors import ArvioError
from store.records import Document
from store.runs import SeenPage

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

BATCH = 100
SECONDS = 2.0


class StorePipeline:
    """Writes batches of BATCH documents, or whatever there is after SECONDS.

    Documents and the marks of their pages go into the store in one transaction, so that a crawl that is
    killed fetches again what it had not stored and adds nothing twice. A store error closes the spider; the
    pages of the lost batch stay unmarked. Any other exception loses its batch alone, and fails the source.
    """

    def __init__(self, crawler: "Crawler") -> None:
        spider: Any = crawler.spider
        self._crawler = crawler
        self._run: RunContext = spider.run
        self._state: SourceState = spider.state
        self._documents: list[Document] = []
        self._marks: list[SeenPage] = []
        self._timer: Any = None
        self._closing: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        from scrapy.utils.asyncio import create_looping_call

        self._timer = create_looping_call(self._flush)
        self._timer.start(SECONDS, now=False)

    def close_spider(self) -> None:
        if self._timer is not None and self._timer.running:
            self._timer.stop()
        self._flush()

    def process_item(self, item: Page) -> Page:
        if self._run.store_error is not None:
            self._stop(self._run.store_error)
        else:
            known = self._run.subjects
            documents = [
                find_mentions(each.document, self._run.matcher, each.about, known) for each in item.found
            ]
            self._state.documents += len(documents)
            self._documents.extend(documents)
            if item.seen is not None:
                self._marks.append(item.seen)
            if len(self._documents) >= BATCH or len(self._marks) >= BATCH:
                self._flush()
        return item

    def _flush(self) -> None:
        documents, marks = self._documents, self._marks
        if self._run.store_error is not None or not (documents or marks):
            return
        self._documents, self._marks = [], []
        try:
            documents = worth_storing(documents, self._run.store)
            if not (documents or marks):
                return
            pages = {self._state.source.name: marks}
            result = self._run.store.add_documents(documents, self._run.run_id, pages=pages)
            self._state.new += result.new
            self._state.changed += result.changed
            self._state.mentions += result.mentions_new
        except ArvioError as error:
            self._stop(error)
        except Exception as error:
            # Kept for the next batch they would fail that too.
            lost, name = len(documents), type(error).__name__
            what, them = ("1 document was", "it") if lost == 1 else (f"{lost:,} documents were", "them")
            self._state.fail(f"{what} not stored ({name}); the next crawl asks for {them} again")

    def _stop(self, error: Exception) -> None:
        self._run.store_error = error
        self._state.fail(str(error))
        if self._crawler.engine.running and self._closing is None:
            self._closing = asyncio.ensure_future(
                self._crawler.engine.close_spider_async(reason="store error")
            )
