"""A local CSV or JSON Lines file as a source."""

from pathlib import Path

from crawler.imports import documents
from crawler.items import Page
from crawler.spiders.base import Output, SourceSpider
from crawler.tables import read_table
from store.errors import UsageError


class FileSpider(SourceSpider):
    """Reads the source's `path`, which is relative to the configuration."""

    def begin(self) -> Output:
        path = self.run.config.folder / Path(self.source.path)
        try:
            table = read_table(path)
        except UsageError as error:
            self.state.fail(str(error))
            return
        self.state.pages += 1
        self.state.errors.update(table.bad)
        rows, now = table.rows, self.run.now
        for each in documents(
            rows, self.source, self.run.subjects, now, self.state.errors, doubt=table.doubt
        ):
            yield Page((self.found(each.document, each.about),))
