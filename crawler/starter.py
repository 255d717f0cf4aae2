"""The commented arvio.toml that `arvio init` writes."""

from pathlib import Path

from store.errors import OutputError, UsageError

STARTER = """\
# Arvio reads this file from the folder it is run in (or give --config FILE).
# docs/config.md lists every key; an unknown key is an error that names it.

[store]
path = "arvio.db"                # the SQLite file
# store_authors = true           # keep author names; by default only keyed hashes are kept

[crawl]
contact = "you@example.org"      # goes into the user agent, so that site owners can reach you
max_pages = 500                  # a source and night
# allow_hosts = ["forum.intra:8080"]   # private addresses that may be fetched; none by default

# One block a brand. Names are matched in all their Finnish and Armenian forms.
[[brand]]
name = "Elisa"
aliases = ["Elisa Oyj"]
group = "telecom"                # brands of a group are compared, and have an index together
case = "exact"                   # Elisa is also a first name: ask for the capital …
require_any = ["liittymä", "operaattori", "laajakaista", "netti", "puhelin"]   # … and one of these nearby
exclude = ["Elisa Kiiski"]

# [[brand]]
# name = "Ucom"
# aliases = ["Յուքոմ"]
# group = "telecom"

# One block a source. `arvio probe https://site.example` finds out what a site offers and prints its block.
[[source]]
name = "example-news"
kind = "feed"                    # feed sitemap pages reviews json wordpress discourse telegram
                                 # mastodon hackernews appstore file warc
url = "https://news.example/rss"
language = "fi"
follow = true                    # fetch each entry's page
"""


def write_starter(folder: Path) -> Path:
    """Write arvio.toml into `folder`, which is made if need be.

    Raises UsageError where one is already there, OutputError where it cannot be written.
    """
    path = folder / "arvio.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(STARTER)
    except FileExistsError:
        raise UsageError(
            f"{path}: exists already and was left alone; remove it or choose another folder"
        ) from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another folder") from None
    return path
