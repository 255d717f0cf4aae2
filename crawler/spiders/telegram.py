"""Public Telegram channels by their web preview, t.me/s/CHANNEL."""

from urllib.parse import urlsplit

from parsel import Selector
from scrapy.http import Response

from crawler.items import Page
from crawler.spiders.base import Output, SourceSpider
from crawler.structured import plain_text
from store.records import Document


class TelegramSpider(SourceSpider):
    """Takes the messages of a channel, page by page into the past."""

    backwards = True

    def begin(self) -> Output:
        yield from self.listing(self._preview, self.parse_messages)

    @property
    def _preview(self) -> str:
        """The channel's preview, where `url` is the channel itself or one of its messages."""
        parts = urlsplit(self.source.url)
        channel = parts.path.strip("/").partition("/")[0]
        if channel in ("", "s"):
            return self.source.url
        return f"{parts.scheme}://{parts.netloc}/s/{channel}"

    def parse_messages(self, response: Response) -> Output:
        """One page of messages; the link to the older ones carries `before`."""
        page = Selector(text=self.decoded(response).text.replace("\x00", "") or "<html/>", type="html")
        documents = [self._document(each) for each in page.css(".tgme_widget_message[data-post]")]
        found = tuple(self.found(each) for each in documents if each.text)
        if not found:
            self.no_items()
        same = self.listed(response, found)
        if found:
            yield Page(found)
        before = page.css("a.tme_messages_more[data-before]::attr(href)").get()
        before = before or page.css("link[rel=prev]::attr(href)").get()
        if before and not same and not self.dealt_with(self._preview, found):
            yield from self.listing(self.link(response, before), self.parse_messages)

    def _document(self, message: Selector) -> Document:
        post = message.attrib["data-post"]
        # A reply shows the message that it answers first, in the same class.
        text = message.css(".tgme_widget_message_text:not(.js-message_reply_text)")
        written = message.css(".tgme_widget_message_date time::attr(datetime)").get() or ""
        owner = message.css(".tgme_widget_message_owner_name ::text").getall()
        author = message.css(".tgme_widget_message_from_author::text").get() or "".join(owner)
        return self.document(
            post,
            f"https://t.me/{post}",
            "post",
            "",
            plain_text(text[0].get() or "") if text else "",
            author=author.strip() or None,
            published=self.date(written, "time"),
        )
