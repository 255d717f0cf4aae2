"""A local CSV or JSON Lines file as a source."""

from pathlib import Path

from crawler.imports import documents, notes_on
from crawler.items import Page
from crawler.spiders.base import Output, SourceSpider
from crawler.tables import Faults, read_table
from store.errors import ArvioError


class FileSpider(SourceSpider):
    """Reads the source's `path`, which is relative to the configuration."""

    def begin(self) -> Output:
        path = self.run.config.folder / Path(self.source.path)
        faults = Faults()
        try:
            table = read_table(path, faults)
        except ArvioError as error:
            self.state.fail(str(error))
            return
        self.state.pages += 1
        with table:
            known, now = self.run.subjects, self.run.now
            for each in documents(table, self.source, known, self.run.store, now, faults):
                yield Page((self.found(each.document, each.about),))
        self.state.notes.extend(notes_on(faults, table))
        if faults.count:
            self.state.errors[faults.first] += faults.count
