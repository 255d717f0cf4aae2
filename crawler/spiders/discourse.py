"""Discourse forums by their .json routes."""

from typing import Any

from scrapy.http import Response

from crawler.items import Page
from crawler.spiders.base import BadPage, Output, SourceSpider
from crawler.structured import own_words, text_of
from store.runs import SeenPage

CHUNK = 20


class DiscourseSpider(SourceSpider):
    """Reads the latest topics of the forum at `url`; a topic again only when somebody has posted since."""

    def begin(self) -> Output:
        yield from self.listing(f"{self._root}/latest.json?page=0", self.parse_topics, page=0)

    @property
    def _root(self) -> str:
        return self.source.url.rstrip("/")

    def parse_topics(self, response: Response, page: int) -> Output:
        """One page of topics."""
        topic_list = self._object(response).get("topic_list")
        if not isinstance(topic_list, dict):
            raise BadPage("the answer is not Discourse's")
        topics = [
            each for each in topic_list.get("topics") or () if isinstance(each, dict) and each.get("id")
        ]
        if not topics:
            self.no_items()
        done = self.listed(response, ())
        budget = self.budget
        for topic in topics:
            modified = self.date(str(topic.get("last_posted_at") or topic.get("created_at") or ""), "api")
            yield from self.single(f"{self._root}/t/{topic['id']}.json", self.parse_topic, modified)
        # The topics are in the order of their last post: below a page without news nothing has happened
        # since the crawl that dealt with all of them.
        nothing_new = done and self.budget == budget
        if topic_list.get("more_topics_url") and topics and not nothing_new:
            yield from self.listing(
                f"{self._root}/latest.json?page={page + 1}", self.parse_topics, page=page + 1
            )

    def parse_topic(self, response: Response) -> Output:
        """A topic's first posts; the rest is asked for in chunks by id, one after the other."""
        topic = self._object(response)
        stream = topic.get("post_stream") if isinstance(topic.get("post_stream"), dict) else {}
        posts = stream.get("posts") or []  # type: ignore[union-attr]
        title = text_of(topic.get("title"))
        found = tuple(self._posts(posts, title))
        mark = self.seen_page(response, found)
        had = {post.get("id") for post in posts if isinstance(post, dict)}
        rest = [each for each in stream.get("stream") or () if each not in had]  # type: ignore[union-attr]
        yield Page(found, None if rest else mark)
        yield from self._chunk(topic.get("id"), title, rest, mark)

    def _chunk(self, topic: object, title: str, rest: list[object], mark: SeenPage) -> Output:
        if rest:
            ids = "&".join(f"post_ids[]={each}" for each in rest[:CHUNK])
            url = f"{self._root}/t/{topic}/posts.json?{ids}"
            yield from self.part(
                url, self.parse_posts, topic=topic, title=title, rest=rest[CHUNK:], mark=mark
            )

    def parse_posts(
        self, response: Response, topic: object, title: str, rest: list[object], mark: SeenPage
    ) -> Output:
        """More posts of a topic; with the last of them the topic is done."""
        stream = self._object(response).get("post_stream")
        found = tuple(self._posts(stream.get("posts") or [] if isinstance(stream, dict) else [], title))
        yield Page(found, None if rest else mark)
        yield from self._chunk(topic, title, rest, mark)

    def _posts(self, posts: list[Any], title: str) -> Any:
        for post in posts:
            # Quoted posts and previews of links are asides.
            if isinstance(post, dict) and (
                text := own_words(f"<div>{post.get('cooked') or ''}</div>", "aside")
            ):
                number = post.get("post_number")
                yield self.found(
                    self.document(
                        f"post:{post.get('id')}",
                        f"{self._root}/t/{post.get('topic_slug') or '-'}/{post.get('topic_id')}/{number}",
                        "post" if number == 1 else "comment",
                        title if number == 1 else "",
                        text,
                        author=text_of(post.get("username")) or None,
                        published=self.date(str(post.get("created_at") or ""), "api"),
                    )
                )

    def _object(self, response: Response) -> dict[str, Any]:
        value = self.json(response)
        if not isinstance(value, dict):
            raise BadPage("the answer is not Discourse's")
        return value
