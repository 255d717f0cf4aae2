"""When an article was published, on pages that write other dates too: today's, others', that of a change."""

from datetime import UTC, datetime

import pytest

from crawler.extraction import extract_article

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
BODY = (
    "<h1>Verkko</h1>{}<p>Pohjanetti uusii verkkonsa koko maassa ensi vuonna, kertoo yhtiö tiedotteessaan.</p>"
)
PAGES = {
    "todays date in the header": "<header><div class='date'>27.11.2026</div></header>"
    + BODY.format("<span class='date'>20.11.2026</span>"),
    "a clock": "<div class='date today'>27.11.2026</div>"
    + BODY.format("<span class='date'>20.11.2026</span>"),
    "a clock without a name of its own": "<div class='date-now'>27.11.2026</div>"
    + BODY.format("<span class='date'>20.11.2026</span>"),
    "a clock in a time": "<div><time class='current-date' datetime='2026-11-27'>27.11.</time></div>"
    + BODY.format("<time datetime='2026-11-20'>20.11.</time>"),
    "the weather": "<div id='weather-box'><b class='date'>27.11.2026</b></div>"
    + BODY.format("<span class='date'>20.11.2026</span>"),
    "rates inside the article": "<article>"
    + BODY.format(
        "<div class='currency'><p class='date'>27.11.2026</p></div><span class='date'>20.11.2026</span>"
    )
    + "</article>",
    "an article about the weather": "<body class='weather'><article class='topic-weather'>"
    + BODY.format("<span class='date'>20.11.2026</span>")
    + "</article></body>",
    "the article's own header": "<header>"
    + BODY.format("<span class='date'>20.11.2026</span>")
    + "</header>",
    "others in a sidebar": "<aside><time datetime='2026-11-26'>eilen</time></aside>"
    + BODY.format("<span class='date'>20.11.2026</span>"),
    "a change before it": "<article>"
    + BODY.format(
        "<time class='updated' datetime='2026-11-25'>25.11.</time>"
        "<time class='published' datetime='2026-11-20'>20.11.</time>"
    )
    + "</article>",
    "published and updated at once": BODY.format(
        "<time class='published updated' datetime='2026-11-20'>20.11.</time>"
    ),
    "no more than a change": BODY.format("<time class='updated' datetime='2026-11-20'>20.11.2026</time>"),
    "Drupal 7": BODY.format(
        "<span property='dc:date dc:created' content='2026-11-20T10:00:00+02:00'>pe</span>"
    ),
    "Drupal 10": BODY.format(
        "<span property='schema:dateCreated' content='2026-11-20T08:00:00+00:00'></span>"
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_an_articles_date_is_its_own(name: str) -> None:
    article = extract_article(
        f'<html lang="fi"><body>{PAGES[name]}</body></html>', "https://a.example/1", NOW
    )
    assert article.published is not None
    assert article.published.utc[:10] == "2026-11-20"
