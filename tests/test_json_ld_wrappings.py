"""JSON-LD as sites wrap it: comments, CDATA, a semicolon, a byte order mark."""

import pytest

from crawler.extraction import parse_html
from crawler.structured import structured_data
from tests.timing import assert_linear

DATA = '{"@type": "Review", "reviewBody": "Hyvä netti"}'


def read(script: str) -> list[object]:
    tree = parse_html(f'<html><script type="application/ld+json">{script}</script></html>')
    assert tree is not None
    return structured_data(tree)


@pytest.mark.parametrize(
    "script",
    [
        DATA, f"{DATA};", f"\ufeff{DATA}", f"<!-- {DATA} -->", f"//<![CDATA[\n{DATA}\n//]]>",
        f"/* <![CDATA[ */\n{DATA}\n/* ]]> */", f"/*<![CDATA[*/{DATA}/*]]>*/", f"<![CDATA[{DATA}]]>",
        f"// <![CDATA[\n{DATA.replace('}', ',}')}\n// ]]>",
    ],
)  # fmt: skip
def test_wrapped_data_is_read(script: str) -> None:
    assert read(script) == [{"@type": "Review", "reviewBody": "Hyvä netti"}]


def test_t16_what_opens_for_ever_takes_linear_time() -> None:
    assert_linear(lambda n: read("/* " * n + DATA))
