"""What names a review: its own address, not its product's, a blank node's number or a bare identifier's."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.crawl_server import CrawlServer, config_text, crawl_in_process, page, rows, source


def product(address: str) -> str:
    def review(text: str, **more: object) -> dict[str, Any]:
        return {"@type": "Review", "reviewBody": text, "author": text[:4], **more}

    reviews = [
        review("Pohjanetti toimii.", url=address),
        review("Pohjanetti pätkii.", url=address),
        review("Pohjanetti on halpa.", **{"@id": f"{address}#arvostelu-1", "url": address}),
        review("Pohjanetti on kallis.", **{"@id": "_:b0"}),
        review("Pohjanetti on hidas.", identifier="4711"),
    ]
    data = {"@type": "Product", "name": "Pohjanetti", "url": address, "review": reviews}
    return (
        f'<html lang="fi"><head><link rel="canonical" href="{address}">'
        f'<script type="application/ld+json">{json.dumps(data)}</script></head></html>'
    )


def test_reviews_that_name_their_products_address_are_each_a_document(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        server.pages["/tuote?arvostelut=kaikki"] = page(product(server.url("/tuote")))
        text = config_text(source("a", "reviews", server.url("/tuote?arvostelut=kaikki")), db, server)
        nights = [crawl_in_process(text, db) for _ in range(2)]
        at = server.url("/tuote?arvostelut=kaikki")
    assert [night.report.sources[0].new for night in nights] == [5, 0]
    found = {text: tuple(rest) for text, *rest in rows(db, "SELECT text, canonical_id, url FROM documents")}
    assert found.pop("Pohjanetti on halpa.") == (server.url("/tuote#arvostelu-1"),) * 2
    assert found.pop("Pohjanetti on hidas.") == (server.url("/4711"), at)
    assert {(name.partition(":")[0], url) for name, url in found.values()} == {("keyed", at)}
    assert len(found) == 3


def test_the_only_review_of_a_product_is_not_the_product(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    with CrawlServer() as server:
        data = {"@type": "Review", "reviewBody": "Pohjanetti toimii.", "url": server.url("/tuote")}
        html = '<link rel="canonical" href="/tuote"><script type="application/ld+json">{}</script>'
        server.pages["/tuote?arvostelut=1"] = page(html.format(json.dumps(data)))
        text = config_text(source("a", "reviews", server.url("/tuote?arvostelut=1")), db, server)
        assert crawl_in_process(text, db).error is None
    assert rows(db, "SELECT substr(canonical_id, 1, 6) FROM documents") == [("sha256",)]


@pytest.mark.parametrize("nested", [True, False])
def test_the_next_review_of_a_product_takes_no_other_ones_place(tmp_path: Path, nested: bool) -> None:
    db = tmp_path / "arvio.db"

    def shown(*texts: str) -> str:
        about = {"@type": "Product", "name": "Pohjanetti", "url": "/tuote/1"}
        reviews = [{"@type": "Review", "reviewBody": text, "url": "/tuote/1"} for text in texts]
        data = (
            {**about, "review": reviews} if nested else [{**each, "itemReviewed": about} for each in reviews]
        )
        return f'<html lang="fi"><script type="application/ld+json">{json.dumps(data)}</script></html>'

    first, second, third = "Toimii hyvin.", "Pätkii aina.", "Kallis liittymä."
    with CrawlServer() as server:
        server.pages["/tuotteet"] = [page(shown(*each)) for each in ([first], [second, first], [third])]
        text = config_text(source("a", "reviews", server.url("/tuotteet"), language="fi"), db, server)
        nights = [crawl_in_process(text, db).report.sources[0] for _ in range(3)]
    assert [night.new for night in nights] == [1, 1, 1]
    assert sorted(rows(db, "SELECT text FROM documents")) == sorted([(first,), (second,), (third,)])
    assert rows(db, "SELECT count(*) FROM document_revisions") == [(0,)]


def test_a_review_inside_its_products_rating_is_about_the_product(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    review = {"@type": "Review", "reviewBody": "Toimii hyvin.", "reviewRating": {"ratingValue": 5}}
    rating = {"@type": "AggregateRating", "ratingValue": "4,5", "reviewCount": 1, "review": review}
    data = {"@type": "Product", "name": "Pohjanetti", "aggregateRating": rating}
    with CrawlServer() as server:
        html = '<script type="application/ld+json">{}</script>'
        server.pages["/tuote"] = page(html.format(json.dumps(data)))
        text = config_text(source("a", "reviews", server.url("/tuote"), language="fi"), db, server)
        assert crawl_in_process(text, db).error is None
    assert rows(db, "SELECT rating FROM documents") == [(5.0,)]
    assert rows(db, "SELECT passage FROM mentions") == [("Toimii hyvin.",)]


def test_what_a_shop_answers_under_a_review_is_no_opinion(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"

    def comment(text: str, author: object) -> dict[str, Any]:
        return {"@type": "Comment", "text": f"{text} Pohjanetti.", "author": author}

    comments = [
        comment("Kiitos palautteesta!", {"@type": "Organization", "name": "Asiakaspalvelu"}),
        comment("Kiva kuulla!", "Pohjanetti"),
        comment("Ystävällisin terveisin", {"@type": "Person", "name": "Verkkokauppa"}),
        comment("Samaa mieltä:", {"@type": "Person", "name": "Maija"}),
    ]
    shop = {"@type": "Store", "name": "Verkkokauppa"}
    review = {
        "@type": "Review",
        "reviewBody": "Pohjanetti toimii.",
        "itemReviewed": shop,
        "comment": comments,
    }
    post = {"@type": "DiscussionForumPosting", "text": "Pohjanetti?", "comment": comments[:1]}
    with CrawlServer() as server:
        server.pages["/"] = page(f'<script type="application/ld+json">{json.dumps([review, post])}</script>')
        text = config_text(source("a", "reviews", server.url("/")), db, server)
        assert crawl_in_process(text, db).error is None
    found = [text for (text,) in rows(db, "SELECT text FROM documents ORDER BY id")]
    assert found == [
        "Pohjanetti toimii.",
        "Samaa mieltä: Pohjanetti.",
        "Pohjanetti?",
        "Kiitos palautteesta! Pohjanetti.",
    ]


def test_a_customer_who_is_called_as_another_brand_is_no_shop(tmp_path: Path) -> None:
    db = tmp_path / "arvio.db"
    comments = [
        {"@type": "Comment", "text": f"Pohjanetti, {name}", "author": {"@type": "Person", "name": name}}
        for name in ("Elisa", "Pohjanetti")
    ]
    review = {"@type": "Review", "reviewBody": "Toimii.", "itemReviewed": "Pohjanetti", "comment": comments}
    brands = '[[brand]]\nname = "Elisa"\n[[brand]]\nname = "Pohjanetti"\n'
    with CrawlServer() as server:
        server.pages["/"] = page(f'<script type="application/ld+json">{json.dumps(review)}</script>')
        text = config_text(source("a", "reviews", server.url("/")), db, server, brands=brands)
        assert crawl_in_process(text, db).error is None
    assert rows(db, "SELECT text FROM documents ORDER BY id") == [("Toimii.",), ("Pohjanetti, Elisa",)]
