"""WordPress by its own interface: posts that a search finds, and their comments."""

from typing import Any
from urllib.parse import urlencode

from scrapy.http import Response

from crawler.items import Page
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.structured import text_of
from crawler.urls import canonical_url

PER_PAGE = 50


class WordpressSpider(SourceSpider):
    """Searches the site at `url` for each of `search`, or for the brands, and reads the comments there.

    Posts come in the order of their last change, and are read as far as there are changes; their comments with them.
    """

    def begin(self) -> Output:
        for word in self.source.search or [brand.name for brand in self.run.config.brand]:
            yield from self.listing(self._posts(word, 1), self.parse_posts, word=word, page=1)

    def _route(self, path: str, **query: object) -> str:
        return f"{self.source.url.rstrip('/')}/wp-json/wp/v2/{path}?{urlencode(query)}"

    def _posts(self, word: str, page: int) -> str:
        return self._route(
            "posts", search=word, per_page=PER_PAGE, page=page, orderby="modified", order="desc"
        )

    def parse_posts(self, response: Response, word: str, page: int) -> Output:
        """One page of posts; the number of pages stands in a header."""
        posts = self._list(response)
        documents = [
            self.document(
                canonical_url(str(post.get("link", ""))),
                str(post.get("link", "")),
                "article",
                _rendered(post, "title"),
                _rendered(post, "content"),
                published=self.date(_utc(post), "api"),
            )
            for post in posts
        ]
        found = tuple(self.found(each) for each in documents if each.text or each.title)
        same = self.listed(response, found)
        if found:
            yield Page(found)
        for post in posts:
            if post.get("comment_status") != "closed" and isinstance(post.get("id"), int):
                comments = self._route("comments", post=post["id"], per_page=100, page=1)
                yield from self.listing(comments, self.parse_comments, post=post["id"], page=1)
        changed = [self.date(_utc(post, "modified"), "api") for post in posts]
        nothing_new = self.all_before(self._posts(word, 1), [each.utc if each else None for each in changed])
        if page < _pages(response) and not same and not nothing_new:
            yield from self.listing(self._posts(word, page + 1), self.parse_posts, word=word, page=page + 1)

    def parse_comments(self, response: Response, post: int, page: int) -> Output:
        """One page of a post's comments."""
        documents = [
            self.document(
                f"comment:{comment.get('id')}",
                str(comment.get("link", "")),
                "comment",
                "",
                _rendered(comment, "content"),
                author=text_of(comment.get("author_name")) or None,
                published=self.date(_utc(comment), "api"),
            )
            for comment in self._list(response)
        ]
        found = tuple(self.found(each) for each in documents if each.text)
        same = self.listed(response, found)
        if found:
            yield Page(found)
        if page < _pages(response) and not same:
            following = self._route("comments", post=post, per_page=100, page=page + 1)
            yield from self.listing(following, self.parse_comments, post=post, page=page + 1)

    def _list(self, response: Response) -> list[dict[str, Any]]:
        value = self.json(response)
        if not isinstance(value, list):
            raise BadPage("the answer is not WordPress's; its interface may be closed")
        return [each for each in value if isinstance(each, dict)]


def _rendered(node: dict[str, Any], name: str) -> str:
    value = node.get(name)
    return text_of(value.get("rendered") if isinstance(value, dict) else value)


def _utc(node: dict[str, Any], name: str = "date") -> str:
    moment = str(node.get(f"{name}_gmt") or "")
    return f"{moment}Z" if moment else str(node.get(name) or "")


def _pages(response: Response) -> int:
    value = (response.headers.get("X-WP-TotalPages") or b"1").decode("latin-1")
    return int(value) if value.isdigit() else 1
