"""What stands in a row of a sitemap: the page's own address, whatever images and videos it names."""

from crawler.feeds import Location, parse_sitemap

NAMES = " ".join(
    f'xmlns{f":{name}" if name else ""}="http://www.{place}"'
    for name, place in (
        ("", "sitemaps.org/schemas/sitemap/0.9"),
        ("image", "google.com/schemas/sitemap-image/1.1"),
        ("video", "google.com/schemas/sitemap-video/1.1"),
        ("news", "google.com/schemas/sitemap-news/0.9"),
    )
)
PAGE = "<loc>https://a.fi/juttu</loc><lastmod>2026-11-20</lastmod>"
IMAGE = (
    "<image:image><image:loc>https://cdn.a.fi/k.jpg</image:loc><image:title>Kuva</image:title></image:image>"
)
VIDEO = (
    "<video:video><video:title>Video</video:title><video:publication_date>2020-01-01</video:publication_date>"
    "</video:video>"
)
NEWS = (
    "<news:news><news:publication><news:name>A</news:name><news:language>fi</news:language></news:publication>"
    "<news:publication_date>2026-11-19</news:publication_date><news:title>Juttu</news:title></news:news>"
)


def location(*parts: str) -> Location:
    (found,) = parse_sitemap(f"<urlset {NAMES}><url>{''.join(parts)}</url></urlset>".encode())[1]
    return found


def test_an_image_does_not_take_the_place_of_its_page() -> None:
    assert location(PAGE, IMAGE) == location(IMAGE, PAGE) == Location("https://a.fi/juttu", "2026-11-20")


def test_news_are_read_beside_images_and_videos() -> None:
    wanted = Location("https://a.fi/juttu", "2026-11-20", "2026-11-19", "Juttu", "fi")
    assert location(PAGE, NEWS, IMAGE, VIDEO) == location(VIDEO, IMAGE, NEWS, PAGE) == wanted
