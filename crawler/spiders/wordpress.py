"""WordPress by its own interface: posts that a search finds, and their comments."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from scrapy.http import Response

from crawler.items import Page
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.structured import text_of
from crawler.urls import canonical_url

PER_PAGE = 50


class WordpressSpider(SourceSpider):
    """Searches the site at `url` for each of `search`, or for the brands, and reads the comments there.

    Posts come in the order of their last change, and are read as far as there are changes; their comments with them.
    Where the page limit ends that, the next night goes on from there too.
    """

    def begin(self) -> Output:
        for word in self.source.search or [brand.name for brand in self.run.config.brand]:
            yield from self.listing(self._posts(word, 1), self.parse_posts, word=word, page=1)
        for place in self.left_off():
            query = dict(parse_qsl(urlsplit(place).query))
            word, page = query["search"], int(query["page"])
            self.resumed.add(place)
            yield from self.listing(self._posts(word, page), self.parse_posts, word=word, page=page)

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
        key, first = response.meta["arvio_key"], self._posts(word, 1)
        if open_ones := ",".join(str(each["id"]) for each in posts if _is_open(each)):
            comments = self._route("comments", post=open_ones, per_page=100, page=1)
            yield from self.listing(
                comments, self.parse_comments, posts=open_ones, page=1, of=key, first=first
            )
        changed = [self.date(_utc(post, "modified"), "api") for post in posts]
        resumed = key in self.resumed
        nothing_new = not resumed and self.all_before(first, [each.utc if each else None for each in changed])
        if page < _pages(response) and not same and not nothing_new:
            following, depth = self._posts(word, page + 1), int(response.meta.get("depth", 0))
            self.resumed |= {canonical_url(following)} if resumed else set()
            yield from self.listing(following, self.parse_posts, priority=-depth, word=word, page=page + 1)
        if self.state.limited:
            self.end_for_tonight(key, first)

    def parse_comments(self, response: Response, posts: str, page: int, of: str, first: str) -> Output:
        """One page of the comments on the `posts` of the page `of`."""
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
            following = self._route("comments", post=posts, per_page=100, page=page + 1)
            yield from self.listing(
                following, self.parse_comments, posts=posts, page=page + 1, of=of, first=first
            )
            if canonical_url(following) not in self.asked:
                self.end_for_tonight(of, first)

    def _list(self, response: Response) -> list[dict[str, Any]]:
        value = self.json(response)
        if not isinstance(value, list):
            raise BadPage("the answer is not WordPress's; its interface may be closed")
        return [each for each in value if isinstance(each, dict)]


def _is_open(post: dict[str, Any]) -> bool:
    """Whether a post may have comments that anybody can read; for one that has not WordPress refuses those of all."""
    content = post.get("content")
    locked = isinstance(content, dict) and content.get("protected") is True
    return post.get("comment_status") != "closed" and isinstance(post.get("id"), int) and not locked


def _rendered(node: dict[str, Any], name: str) -> str:
    value = node.get(name)
    return text_of(value.get("rendered") if isinstance(value, dict) else value)


def _utc(node: dict[str, Any], name: str = "date") -> str:
    moment = str(node.get(f"{name}_gmt") or "")
    return f"{moment}Z" if moment else str(node.get(name) or "")


def _pages(response: Response) -> int:
    value = (response.headers.get("X-WP-TotalPages") or b"1").decode("latin-1")
    return int(value) if value.isdigit() else 1
