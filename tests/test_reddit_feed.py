"""Reddit's feeds: the author's name, which the store does not keep, stands no longer in each text."""

import html

import pytest

from crawler.feeds import parse_feed

BELOW = (
    '&#32; submitted by &#32; <a href="https://www.reddit.com/user/matti_m"> /u/matti_m </a>{} <br/> '
    '<span><a href="https://www.reddit.com/r/Suomi/1">[link]</a></span> &#32; '
    '<span><a href="https://www.reddit.com/r/Suomi/1">[comments]</a></span>'
)
OWN = '<!-- SC_OFF --><div class="md"><p>Onko Pohjanetti hyvä?</p></div><!-- SC_ON -->'


@pytest.mark.parametrize(
    "to", ["", ' &#32; to &#32; <a href="https://www.reddit.com/r/Suomi/"> r/Suomi </a>']
)
@pytest.mark.parametrize(("own", "text"), [(OWN, "Onko Pohjanetti hyvä?"), ("", "")])
def test_what_reddit_writes_below_a_post_is_left_out(own: str, text: str, to: str) -> None:
    content = html.escape(own + BELOW.format(to))
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Suomi</title><entry><id>t3_1</id><title>Kysymys</title>'
        f'<author><name>/u/matti_m</name></author><content type="html">{content}</content></entry></feed>'
    )
    (entry,) = parse_feed(feed.encode(), "https://www.reddit.com/r/Suomi/.rss")
    assert (entry.text, entry.author) == (text, "/u/matti_m")
