"""The command's contract: one line for each mistake, the right exit code, nothing lost."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crawler.config import parse_config
from sentiment.folder import CARD, SHIPPED
from store.db import Store
from store.errors import ConfigError
from tests.store_samples import clock, document

ROOT = Path(__file__).parents[1]
Arvio = Callable[..., subprocess.CompletedProcess[str]]

CONFIG = """
[[brand]]
name = "Kuiske"
group = "telecom"

[[brand]]
name = "Արարկապ"
group = "telecom"
"""

PAGES = """
[[source]]
name = "a"
kind = "pages"
url = "https://a.example"
item = "article"
"""


@pytest.fixture
def arvio(tmp_path: Path) -> Arvio:
    """Runs the real command in a real process, in an empty folder."""

    def run(*arguments: str, stdin: str | int = "") -> subprocess.CompletedProcess[str]:
        """`stdin` is text, or the number of an open file."""
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        given: dict[str, Any] = {"input": stdin} if isinstance(stdin, str) else {"stdin": stdin}
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            **given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=tmp_path,
            env=environment,
            check=False,
        )

    return run


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("arvio: ")
    assert "Traceback" not in line
    for word in words:
        assert word in line


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, "utf-8")
    return name


def test_a_missing_configuration_is_named(arvio: Arvio) -> None:
    refused(arvio("run"), 78, "arvio.toml", "arvio init")


@pytest.mark.parametrize(
    "command", ["score --db arvio.db", "index --db arvio.db", "probe http://127.0.0.1:9/"]
)
def test_a_configuration_that_is_named_must_be_there(arvio: Arvio, tmp_path: Path, command: str) -> None:
    with Store.open(tmp_path / "arvio.db") as store:
        store.add_documents([document(1)])
    refused(arvio(*command.split(), "--config", "arvoi.toml"), 78, "arvoi.toml", "no such file")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[crawl]\nmax_page = 3\n", ("crawl.max_page", "unknown key")),
        ("[crawl\n", ("TOML", "line 1")),
        ('[[brand]]\nname = ""\n', ("brand", "name")),
        ('[[source]]\nname = "a"\nkind = "rss"\nurl = "https://a.example"\n', ("source[0].kind", "feed")),
        ('[[source]]\nname = "a"\nkind = "feed"\nurl = "a.example"\n', ("source[0].url",)),
        ("[crawl]\nmax_pages = 0\n", ("crawl.max_pages",)),
        ('[store]\npath = "../elsewhere.db"\n', ("store.path", "..")),
        ("a = " + "[" * 5000, ("nested",)),
    ],
)
def test_t40_a_wrong_configuration_is_refused_naming_the_key(
    arvio: Arvio, tmp_path: Path, text: str, words: tuple[str, ...]
) -> None:
    write(tmp_path, "arvio.toml", text)
    refused(arvio("run"), 78, "arvio.toml", *words)
    assert not (tmp_path / "arvio.db").exists()


def test_a_configuration_without_a_source_is_no_night(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    refused(arvio("run"), 78, "[[source]]")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[store]\npath = " "\n', ("store.path",)),
        ('[[brand]]\nname = "Nokia"\naliases = [""]\n', ("brand[0].aliases[0]", "empty")),
        ("\xff", ("UTF-8",)),
        (PAGES + 'language = "suomi"\n', ("source[0].language", "suomi")),
        (
            '[[brand]]\nname = "Nokia"\nlanguages = ["hy", "finnish"]\n',
            ("brand[0].languages[1]", "'finnish'", '"fi"'),
        ),
        ('[aspects.price]\nsuomi = ["kallis"]\n', ("aspects.price.suomi", '"fi"')),
        ('[brand]\nname = "Nokia"\n', ("brand must be a list; write [[brand]]",)),
        ('[[brand]]\nname = "Nokia"\nexclude = "x"\n', ("brand[0].exclude must be a list; write [",)),
        (PAGES + 'title = "<<<"\n', ("source[0].title", "<<<")),
        (PAGES + 'about = "Nokia"\n', ("source[0].about", "Nokia")),
        (PAGES.replace("a.example", "a example"), ("source[0].url",)),
    ],
)
def test_a_configuration_is_checked_whole_before_anything_runs(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as error:
        parse_config(text.encode("latin-1"), "arvio.toml", Path())
    assert all(word in str(error.value) for word in ("arvio.toml", *words))


def test_t40_a_huge_configuration_is_refused(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", "#" * 10_000_000)
    refused(arvio("run"), 78, "MiB")


def test_a_store_path_that_is_a_folder_is_refused(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    (tmp_path / "arvio.db").mkdir()
    refused(arvio("score"), 74, "arvio.db", "directory")


def test_a_file_that_is_no_database_is_left_as_it_was(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "arvio.db", "Rakas päiväkirja, tänään satoi.\n" * 50)
    before = (tmp_path / "arvio.db").read_bytes()
    refused(arvio("run"), 74, "arvio.db", "database")
    assert (tmp_path / "arvio.db").read_bytes() == before


def test_t27_a_store_that_cannot_even_be_made_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text\nKuiske on hyvä\n")
    limit = 16 * 1024
    done = subprocess.run(
        [sys.executable, "-m", "cli", "import", "one.csv"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        check=False,
    )
    refused(done, 74, "arvio.db", "disk")


def test_the_demo_says_that_it_cannot_write_where_it_should_be_kept(arvio: Arvio, tmp_path: Path) -> None:
    (tmp_path / "kept" / "arvio.toml").mkdir(parents=True)
    done = arvio("demo", "--keep", "kept", "--quiet")
    refused(done, 73, "arvio.toml")


def test_reading_commands_say_that_there_is_no_store_yet(arvio: Arvio) -> None:
    refused(arvio("index"), 78, "arvio.db", "arvio run")


def test_who_forgets_or_labels_needs_a_store_and_makes_none(arvio: Arvio, tmp_path: Path) -> None:
    labels = write(tmp_path, "labels.csv", "mention_id,label\n1,positive\n")
    for command in (("forget", "--author", "Maija"), ("label", "import", labels)):
        refused(
            arvio(*command, "--db", "arvoi.db"),
            78,
            "arvoi.db",
            "there is no store yet",
            "`arvio import`",
            "--db",
        )
    assert not (tmp_path / "arvoi.db").exists()


def test_an_import_of_answers_names_the_store_that_it_may_have_made(arvio: Arvio, tmp_path: Path) -> None:
    done = arvio("survey", "import", write(tmp_path, "nps.csv", "brand,score\nKuiske,9\n"), "--kind", "nps")
    assert (done.returncode, done.stderr) == (0, "1 answer added to arvio.db\n")


def test_labelling_without_a_terminal_says_what_to_do(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    refused(arvio("label"), 2, "terminal", "arvio label import")


def test_labelling_says_why_it_has_nothing_to_ask(arvio: Arvio, tmp_path: Path) -> None:
    with Store.open(tmp_path / "arvio.db") as store:
        store.add_documents([document(1)])
    terminal, end = os.openpty()
    try:
        refused(arvio("label", "--brand", "Nokja", stdin=end), 2, "'Nokja'", "known: Nokia")
        done = arvio("label", stdin=end)
        assert (done.returncode, done.stdout) == (0, "")
        assert "no scored mention is left to label" in done.stderr
        quiet = arvio("label", "--quiet", stdin=end)
        assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    finally:
        os.close(terminal)
        os.close(end)


def test_an_unreachable_source_ends_with_3_and_a_line(arvio: Arvio, tmp_path: Path) -> None:
    source = '[[source]]\nname = "gone"\nkind = "feed"\nurl = "http://127.0.0.1:9/feed"\n'
    allow = '[crawl]\nallow_hosts = ["127.0.0.1:9"]\n'
    write(tmp_path, "arvio.toml", allow + CONFIG + source)
    done = arvio("run", "--json")
    assert done.returncode == 3
    (report,) = json.loads(done.stdout)["sources"]
    assert report["source"] == "gone"
    assert report["outcome"] == "failed"
    assert report["reason"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("empty.csv", "", ("empty.csv",)),
        ("columns.csv", "otsikko,tähdet\nHyvä,5\n", ("columns.csv", "text")),
        ("empty.jsonl", "", ("empty.jsonl",)),
    ],
)
def test_an_import_without_text_is_refused(
    arvio: Arvio, tmp_path: Path, name: str, text: str, words: tuple[str, ...]
) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    refused(arvio("import", write(tmp_path, name, text)), 2, *words)


def test_an_import_says_what_it_could_not_use_even_when_quiet(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "a.csv", "text,published_at\nHyvä paikka,2026-10-01\nHuono, juttu,2026-10-02\n")
    spoken, silent = arvio("import", "a.csv"), arvio("import", "a.csv", "-q")
    assert spoken.stdout.startswith(
        "a.csv: ok: 0 new mentions in 2 rows; 1 without a brand; 1 left out (line 3: "
    )
    note = "arvio: a.csv: 1 row names no configured brand and was not stored; "
    assert spoken.stderr.startswith(note) and 'a column "brand"' in spoken.stderr
    assert silent.stdout == ""
    left_out, brandless = silent.stderr.splitlines()
    assert "1 left out (line 3: " in left_out and brandless.startswith(note)
    (source,) = json.loads(arvio("import", "a.csv", "--json").stdout)["sources"]
    assert (source["rows"], source["without_brand"], source["errors"]) == (2, 1, 1)
    ((line, reason),) = [each.values() for each in source["faults"]]
    assert line == 3 and reason.startswith("has 3 cells where the header has 2")


def test_an_import_that_is_not_there_is_refused(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    refused(arvio("import", "nowhere.csv"), 2, "nowhere.csv")


@pytest.mark.parametrize(
    "field",
    [
        {"language": "\ud800x"},
        {"language": "\ud800x", "published_at": "21.11.2026 klo 8.05"},
        {"source": "lehti\x00\udfff"},
        {"url": "https://lehti.example/\ud800"},
        {"url": "http://[bad"},
    ],
)
def test_odd_characters_in_a_field_do_not_stop_an_import(
    arvio: Arvio, tmp_path: Path, field: dict[str, str]
) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    rows = [{"text": "Kuiske on hyvä", **field}, {"text": "Kuiske on huono"}]
    write(tmp_path, "odd.jsonl", "\n".join(map(json.dumps, rows)))
    for new in (2, 0):
        done = arvio("import", "odd.jsonl", "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["sources"][0]["new"] == new
    assert len(json.loads(arvio("mentions", "--json").stdout)["mentions"]) == 2


def test_import_score_index_mentions_and_export_work_together(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    rows = [
        "text,published_at,author",
        '"Kuiskeen asiakaspalvelu oli loistava, kiitos!",2026-11-01,Maija',
        '"Kuiske ei toimi taaskaan, ihan surkea netti.",2026-11-02,Pekka',
        '"Արարկապից շատ գոհ եմ, շնորհակալություն։",2026-11-03,Անի',
        '"Ամոթ Արարկապին, երկու ժամ սպասեցինք ու ոչ ոք չեկավ։",2026-11-04,Արամ',
    ]
    write(tmp_path, "mentions.csv", "\n".join(rows) + "\n")
    assert arvio("import", "mentions.csv").returncode == 0
    again = arvio("import", "mentions.csv", "--json")
    assert json.loads(again.stdout)["sources"][0]["mentions"] == 0
    scored = json.loads(arvio("score", "--json").stdout)
    assert (scored["scored"], scored["unscored"]) == (4, 0)
    assert json.loads(arvio("score", "--json").stdout)["scored"] == 0
    document = json.loads(arvio("index", "--json", "--now", "2026-11-22T00:00:00Z").stdout)
    assert document["now"] == "2026-11-22T00:00:00Z"
    assert {row["brand"]: (row["positive"], row["negative"]) for row in document["rows"]} == {
        "Kuiske": (1, 1),
        "Արարկապ": (1, 1),
    }
    assert {row["state"] for row in document["rows"]} == {"hidden"}
    feed = json.loads(arvio("mentions", "--json", "--brand", "Արարկապ").stdout)["mentions"]
    assert [row["label"] for row in feed] == ["negative", "positive"]
    assert arvio("export", "out.csv").returncode == 0
    assert len((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()) == 5


def test_every_reading_command_answers_in_words_and_in_json(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    texts = [
        f'"Kuiskeen hinta on sopiva, ostin jo {count}. liittymän!",2026-11-0{count}' for count in range(1, 6)
    ]
    write(tmp_path, "mentions.csv", "\n".join(["text,published_at", *texts]) + "\n")
    assert arvio("import", "mentions.csv").returncode == 0
    assert arvio("score").returncode == 0
    assert arvio("index", "--now", "2026-11-22T00:00:00Z").returncode == 0
    for words, *command in (
        ("Kuiske", "index"),
        ("no period has enough opinions yet", "trend", "Kuiske"),
        ("share of voice", "compare", "Kuiske", "Արարկապ"),
        ("price", "drivers", "Kuiske"),
        ("no alerts", "alerts"),
        ("no answers yet", "survey", "show"),
        ("Kuiskeen hinta", "mentions", "--brand", "Kuiske"),
        ("sha256", "model", "info"),
        ("sqlite-utils", "doctor"),
    ):
        spoken, document = arvio(*command), arvio(*command, "--json")
        assert spoken.returncode == document.returncode == 0, spoken.stderr + document.stderr
        assert words in spoken.stdout + spoken.stderr, command
        assert isinstance(json.loads(document.stdout, parse_constant=pytest.fail), dict), command
    assert arvio("report", "brands.html").returncode == 0
    assert "Kuiske" in (tmp_path / "brands.html").read_text("utf-8")


def test_forgetting_says_what_went(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text,author\nKuiske on hyvä,Maija\n")
    assert arvio("import", "one.csv").stdout == "one.csv: ok: 1 new mention in 1 row\n"
    assert arvio("mentions").stderr == "1 of 1 mention\n"
    write(tmp_path, "arvio.db.0001_first_store.bak", "")
    done = arvio("forget", "--author", "Maija")
    assert "1 document with 1 mention erased, 1 backup of earlier upgrades removed" in done.stderr
    assert done.returncode == 0


def test_surveys_and_forgetting_take_the_present_that_they_are_given(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(
        tmp_path,
        "one.csv",
        "text,author,published_at\nKuiske on hyvä,Maija,2026-11-01\nKuiske on ok,Matti,2026-11-01\n",
    )
    write(tmp_path, "csat.csv", "brand,score,date\nKuiske,4,2026-11-02\nKuiske,1,2026-11-20\n")
    now = ("--now", "2026-11-10T03:00:00Z")
    assert arvio("import", "one.csv", *now).returncode == 0
    assert arvio("forget", "--author", "Maija", *now).returncode == 0
    with closing(sqlite3.connect(tmp_path / "arvio.db")) as database:
        (day,) = database.execute("SELECT value FROM settings WHERE name = 'index_now'").fetchone()
        (erased,) = database.execute("SELECT DISTINCT created_at FROM tombstones").fetchone()
    assert (day, erased) == ("2026-11-10", "2026-11-10T03:00:00Z")
    assert arvio("survey", "import", "csat.csv", "--kind", "csat", *now).returncode == 0
    (measure,) = json.loads(arvio("survey", "show", "--json", *now).stdout)["surveys"]
    assert (measure["n"], measure["value"]) == (1, 100)
    assert arvio("report", "earlier.html", *now).returncode == 0
    assert "mean 4.0 · n = 1 · target 80%" in (tmp_path / "earlier.html").read_text("utf-8")


def test_a_page_is_forgotten_by_the_address_that_a_browser_shows(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text,url\nKuiske on hyvä,https://f.example/a?b=%C3%A4&a=1\n")
    arvio("import", "one.csv")
    for address in ("https://F.example/a?utm_source=x&a=1&b=ä", "https://f.example/a?a=1&b=%C3%A4#alku"):
        done = arvio("forget", "--url", address, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["documents"] == int("#" not in address)
    assert "1 document left out: forgotten" in arvio("import", "one.csv").stdout


def test_an_export_that_cannot_be_written_is_refused(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text\nKuiske on hyvä\n")
    arvio("import", "one.csv")
    refused(arvio("export", "no/such/folder/out.csv"), 73, "out.csv")
    refused(arvio("export", "out.doc"), 73, "out.doc", ".csv")


def export_beside_a_store(arvio: Arvio, tmp_path: Path) -> None:
    """A store of one mention, and an export that must not be overwritten."""
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text\nKuiske on hyvä\n")
    arvio("import", "one.csv")
    write(tmp_path, "keep.csv", "good")


@pytest.mark.parametrize("command", ["index", "mentions", "export keep.csv", "alerts", "survey show"])
def test_a_mistyped_brand_is_refused_and_overwrites_nothing(
    arvio: Arvio, tmp_path: Path, command: str
) -> None:
    export_beside_a_store(arvio, tmp_path)
    refused(arvio(*command.split(), "--brand", "Kuiiske"), 2, "'Kuiiske' is not in the store; known: Kuiske")
    assert (tmp_path / "keep.csv").read_text("utf-8") == "good"


@pytest.mark.parametrize("command", ["mentions", "export keep.csv"])
def test_a_mistyped_source_or_language_is_refused_and_overwrites_nothing(
    arvio: Arvio, tmp_path: Path, command: str
) -> None:
    export_beside_a_store(arvio, tmp_path)
    refused(arvio(*command.split(), "--source", "one"), 2, "source 'one' is not in the store; known: one.csv")
    refused(
        arvio(*command.split(), "--language", "finnish"),
        2,
        "language 'finnish' is unknown; choose one of fi,",
    )
    assert (tmp_path / "keep.csv").read_text("utf-8") == "good"
    assert arvio(*command.split(), "--source", "one.csv", "--language", "sv").returncode == 0


def test_answers_about_a_brand_that_is_not_configured_are_shown(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "csat.csv", "score\n5\n")
    assert arvio("survey", "import", "csat.csv", "--kind", "csat", "--brand", "Muu").returncode == 0
    assert "Muu" in arvio("survey", "show", "--brand", "Muu").stdout


@pytest.mark.parametrize(
    "command",
    ["index", "trend Kuiske", "compare Kuiske Արարկապ", "drivers Kuiske", "mentions", "export keep.csv",
     "survey show"],
)  # fmt: skip
def test_a_period_that_ends_before_it_begins_is_refused(arvio: Arvio, tmp_path: Path, command: str) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text\nKuiske on hyvä\n")
    arvio("import", "one.csv")
    done = arvio(*command.split(), "--since", "2026-03-01", "--until", "2026-02-01")
    refused(done, 2, "--since 2026-03-01 is later than --until 2026-02-01")
    assert not (tmp_path / "keep.csv").exists()


def test_a_model_that_is_not_there_ends_with_66(arvio: Arvio) -> None:
    refused(arvio("predict", "--model", "nowhere", stdin="Hyvä!\n"), 66, "nowhere")


def test_usage_errors_end_with_2(arvio: Arvio) -> None:
    refused(arvio("frobnicate"), 2, "frobnicate")
    refused(arvio("match"), 2, "brand", "`arvio match --help`")
    refused(arvio("model", "evaluate"), 2, "`arvio model evaluate --help`")
    refused(arvio("match", "--brand", " ", stdin="Nokia\n"), 2, "--brand", "empty")
    refused(arvio("mentions", "--limit", "0"), 2, "--limit")
    refused(arvio("serve", "--port", "99999"), 2, "--port")
    refused(arvio("match", "--brand", "Nokia", "--language", "xx", stdin="Nokia\n"), 2, "xx")
    refused(arvio("index", "--now", "yesterday"), 2, "yesterday")
    refused(arvio("predict", "--language", "suomi", stdin="Hyvä!\n"), 2, "suomi", '"fi"')
    refused(arvio("model", "evaluate", "texts.tsv", "--language", "FI"), 2, "FI", '"fi"')
    refused(arvio("mentions", "--limit", "99999999999999999999"), 2, "--limit")


@pytest.mark.parametrize("now", ["0001-01-01T00:00+05:00", "0001-01-20", "9999-12-31"])
@pytest.mark.parametrize("command", ["index", "compare Kuiske Արարկապ", "report brands.html"])
def test_a_present_at_the_ends_of_the_calendar_is_refused(
    arvio: Arvio, tmp_path: Path, command: str, now: str
) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text\nKuiske on hyvä\n")
    assert arvio("import", "one.csv").returncode == 0
    refused(arvio(*command.split(), "--now", now), 2, "--now", now, "1970")


@pytest.mark.parametrize(
    "command",
    ["mentions --brand", "export out.csv --brand", "alerts --brand", "survey show --brand", "forget --author",
     "forget --url"],
)  # fmt: skip
def test_an_argument_that_is_not_utf_8_is_refused(arvio: Arvio, tmp_path: Path, command: str) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text\nKuiske on hyvä\n")
    assert arvio("import", "one.csv").returncode == 0
    # As a terminal in Latin-1 sends it.
    refused(arvio(*command.split(), os.fsdecode(b"Mets\xe4")), 2, r"Mets\udce4", "UTF-8")


def test_init_writes_a_configuration_that_is_accepted_and_never_overwrites(
    arvio: Arvio, tmp_path: Path
) -> None:
    assert arvio("init").returncode == 0
    first = (tmp_path / "arvio.toml").read_bytes()
    refused(arvio("init"), 2, "arvio.toml", "exists")
    assert (tmp_path / "arvio.toml").read_bytes() == first
    from crawler.config import load_config

    assert load_config(tmp_path / "arvio.toml").brand[0].name == "Elisa"


def test_match_gives_a_line_for_each_line_and_loads_neither_torch_nor_scrapy(tmp_path: Path) -> None:
    code = (
        "import sys, cli\n"
        "try:\n    cli.main(['match', '--brand', 'Nokia', '--language', 'fi'])\n"
        "finally:\n    assert not {'torch', 'scrapy', 'transformers'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="Nokiaan sijoitettiin.\n\nEi mitään.\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [(row["line"], len(row["hits"])) for row in rows] == [(1, 1), (2, 0), (3, 0)]
    assert "Nokiaan sijoitettiin."[rows[0]["hits"][0]["start"] : rows[0]["hits"][0]["end"]] == "Nokiaan"


def test_predict_keeps_the_order_and_a_line_for_each_line(arvio: Arvio) -> None:
    done = arvio("predict", stdin="Todella hyvä palvelu, suosittelen!\n\nՇատ վատ սպասարկում էր\n")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["label"] for row in rows] == ["positive", "unscored", "negative"]
    assert [row["language"] for row in rows][::2] == ["fi", "hy"]
    assert all(abs(row["positive"] + row["neutral"] + row["negative"] - 1) < 1e-3 for row in rows)


def test_t39_mentions_cannot_steer_the_terminal(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    hostile = "Kuiske \u001b]0;gotcha\u0007 \u001b[31m [bold]on[/bold] \u202ehyvä"
    write(tmp_path, "evil.jsonl", json.dumps({"text": hostile}) + "\n")
    assert arvio("import", "evil.jsonl").returncode == 0
    done = arvio("mentions")
    assert done.returncode == 0
    assert not set("\u001b\u0007\u202e") & set(done.stdout)
    assert "[bold]on[/bold]" in done.stdout


def test_t39_fields_cannot_make_up_lines(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    made_up = "\n1999-11-20  Kuiske  positive (person)  fi  a  #9"
    row = {"text": f"Kuiske toimii{made_up}", "url": f"https://a.example/1{made_up}", "source": f"a{made_up}"}
    write(tmp_path, "evil.jsonl", json.dumps({**row, f"b{made_up}": 1}) + "\n")
    done = arvio("import", "evil.jsonl")
    assert "columns not used: b 1999-11-20  Kuiske" in done.stderr
    for command in ("import evil.jsonl", "mentions"):
        done = arvio(*command.split())
        assert done.returncode == 0
        assert "\n1999" not in done.stdout + done.stderr


def test_a_password_in_an_address_is_refused_and_shown_nowhere(arvio: Arvio, tmp_path: Path) -> None:
    address = "https://maija:salasana@a.example/"
    write(tmp_path, "arvio.toml", CONFIG + PAGES.replace("https://a.example", address))
    write(tmp_path, "other.toml", CONFIG)
    done = [
        arvio("run"),
        arvio("crawl", "--json"),
        arvio("doctor"),
        arvio("probe", address, "--config", "other.toml"),
    ]
    assert [each.returncode for each in done] == [78, 78, 78, 2]
    for each in done:
        assert "holds a user name or a password" in each.stdout + each.stderr
        assert "salasana" not in each.stdout + each.stderr


def test_t39_json_reads_back_the_same_and_cannot_steer_the_terminal(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    hostile = "Kuiske \u009b31m\u007f \u202ehyvä\u2028 \U0001f469\u200d\U0001f680"
    write(tmp_path, "evil.jsonl", json.dumps({"text": hostile}) + "\n")
    arvio("import", "evil.jsonl")
    for done in (arvio("mentions", "--json"), arvio("match", "--brand", "Kuiske", stdin=hostile)):
        assert not set("\u009b\u007f\u202e\u2028") & set(done.stdout)
    (row,) = json.loads(arvio("mentions", "--json").stdout)["mentions"]
    assert row["passage"] == hostile


def test_t39_a_models_card_cannot_steer_the_terminal(arvio: Arvio, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    for each in SHIPPED.iterdir():
        (tmp_path / "model" / each.name).symlink_to(each)
    (tmp_path / "model" / CARD).unlink()
    card = json.loads((SHIPPED / CARD).read_text("utf-8")) | {"name": "arvio\u001b]0;gotcha\u0007"}
    write(tmp_path, f"model/{CARD}", json.dumps(card))
    done = arvio("model", "info", "--model", "model")
    assert done.returncode == 0, done.stderr
    assert not set("\u001b\u0007") & set(done.stdout)


@pytest.mark.parametrize(
    "arguments",
    ["--help", "match --brand Nokia", "mentions", "mentions --json", "index", "doctor", "crawl", "nonsense"],
)
def test_a_reader_that_goes_away_ends_a_command_without_a_word(
    arvio: Arvio, tmp_path: Path, arguments: str
) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text\nKuiske on hyvä\n")
    assert arvio("import", "one.csv").returncode == 0
    write(tmp_path, "arvio.toml", CONFIG + PAGES.replace("a.example", "127.0.0.1:9"))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments.split()],
            input=b"Nokia\n",
            stdout=pipe,
            stderr=pipe if arguments == "nonsense" else subprocess.PIPE,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=False,
        )
    assert (done.returncode, done.stderr or b"") == (141, b"")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
def test_a_feed_in_json_is_written_as_it_is_read(tmp_path: Path) -> None:
    with Store.open(tmp_path / "arvio.db") as store:
        store.add_documents([document(1, "Nokia on hyvä. " * 300)])
        with store.reading() as database:
            database.execute("CREATE TEMP TABLE one AS SELECT * FROM mentions")
            database.execute("UPDATE one SET id = NULL")
            database.execute(
                "WITH RECURSIVE n (at) AS (SELECT 2 UNION ALL SELECT at + 1 FROM n WHERE at < 6000) "
                "INSERT INTO mentions SELECT one.* FROM n, one"
            )
    # Not the resource module: it begins with what the process that started this one holds.
    measured = (
        "import cli, sys\ntry: cli.main(sys.argv[1:])\n"
        "finally: sys.stderr.write(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    peaks = []
    for limit in (2_000, 6_000):
        arguments = ["mentions", "--db", "arvio.db", "--json", "--limit", str(limit)]
        found = subprocess.run(
            [sys.executable, "-c", measured, *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        assert len(json.loads(found.stdout)["mentions"]) == limit
        peaks.append(int(found.stderr) / 1024)
    # MiB; all rows at once would take some 150 more.
    assert peaks[1] - peaks[0] < 60


def test_what_is_left_of_a_selection_is_not_taken_for_what_there_is(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "csat.csv", "brand,score,date\nKuiske,4,2026-11-02\n")
    write(tmp_path, "one.csv", "text,published_at\nKuiske on hyvä,2026-11-01\n")
    arvio("survey", "import", "csat.csv", "--kind", "csat")
    assert "no brand has been mentioned yet" in arvio("index", "--by", "aspect").stderr
    arvio("import", "one.csv")
    for said, *command in (
        ("no mention belongs there", "index", "--by", "aspect"),
        ("no mention belongs there", "index", "--by", "month", "--until", "2020-01-01"),
        ("no answer belongs there", "survey", "show", "--until", "2020-01-01"),
    ):
        found = arvio(*command)
        assert (found.returncode, found.stdout) == (0, ""), command
        assert said in found.stderr, command


def test_quiet_leaves_only_what_was_asked_for(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text,published_at\nKuiske on hyvä,2026-11-01\n")
    arvio("import", "one.csv")
    nothing = ("compare", "Kuiske", "Արարկապ", "--until", "2020-01-01")
    loud, silent = arvio(*nothing), arvio(*nothing, "--quiet")
    assert (loud.returncode, silent.returncode) == (0, 0)
    assert "nothing was written about Kuiske or Արարկապ" in loud.stderr
    assert (silent.stdout, silent.stderr) == ("", "")
    assert "share" in arvio("compare", "Kuiske", "Արարկապ", "--quiet").stdout
    found = arvio("probe", "https://news.ycombinator.com/", "--quiet").stdout
    assert "# not asked" in arvio("probe", "https://news.ycombinator.com/").stdout
    assert "# not asked" not in found
    assert 'kind = "hackernews"' in found


def test_doctor_names_what_is_wrong(arvio: Arvio, tmp_path: Path) -> None:
    write(tmp_path, "arvio.toml", CONFIG)
    write(tmp_path, "one.csv", "text\nKuiske on hyvä\n")
    arvio("import", "one.csv")
    well = arvio("doctor", "--json")
    assert well.returncode == 0, well.stdout
    assert json.loads(well.stdout)["problems"] == []
    with sqlite3.connect(tmp_path / "arvio.db") as database:
        database.execute("PRAGMA user_version")
    write(tmp_path, "wrong.toml", "[brands]\n")
    bad = arvio("doctor", "--config", "wrong.toml", "--json")
    assert bad.returncode == 78
    assert len(json.loads(bad.stdout)["problems"]) == 1
    bad = arvio("doctor", "--model", "nowhere", "--json")
    assert bad.returncode == 66
    assert "nowhere" in json.loads(bad.stdout)["problems"][0]
    key = tmp_path / "arvio.db.key"
    held = key.read_bytes()
    for lost, said in ((None, "missing"), (bytes(len(held)), "another store"), (held[1:], "not a key")):
        key.unlink() if lost is None else key.write_bytes(lost)
        bad = arvio("doctor", "--json")
        assert bad.returncode == 74
        (problem,) = json.loads(bad.stdout)["problems"]
        assert "arvio.db.key" in problem and said in problem


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="no setpriv")
@pytest.mark.parametrize(
    ("closed", "arguments", "code"),
    [
        ("arvio.toml", "run", 78),
        ("folder", "index --config folder/arvio.toml", 78),
        ("folder", "probe https://a.example --config folder/arvio.toml", 78),
        ("arvio.db", "index --db arvio.db", 74),
        ("folder", "index --db folder/arvio.db", 74),
        ("folder", "model info --model folder/model", 66),
        ("folder", "init folder", 73),
        ("folder", "demo --keep folder", 73),
    ],
)
def test_what_may_not_be_read_has_the_exit_code_of_its_kind(
    tmp_path: Path, closed: str, arguments: str, code: int
) -> None:
    write(tmp_path, "arvio.toml", CONFIG + PAGES)
    write(tmp_path, "arvio.db", "")
    (tmp_path / "folder").mkdir()
    (tmp_path / closed).chmod(0)
    # Root may read everything, unless it gives that up.
    held = "-dac_override,-dac_read_search"
    giving_up = ["setpriv", f"--bounding-set={held}", f"--inh-caps={held}"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*giving_up, sys.executable, "-m", "cli", *arguments.split()],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    (tmp_path / closed).chmod(0o700)
    refused(done, code, closed, "Permission denied")


def test_a_wrong_path_is_no_store_to_score(arvio: Arvio, tmp_path: Path) -> None:
    refused(arvio("score", "--db", "arivo.db"), 78, "arivo.db", "no store")
    assert list(tmp_path.iterdir()) == []


def shell(folder: Path, line: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Runs `arvio` as a line of a shell in `folder`."""
    return subprocess.run(
        ["sh", "-c", line.replace("arvio ", f'"{sys.executable}" -m cli ', 1)],
        capture_output=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        check=False,
    )


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder with a store of one Armenian mention."""
    with Store.open(tmp_path / "arvio.db", clock=clock) as store:
        store.add_documents([document(1, "Արարկապը լավն է։", "Արարկապ", language="hy")])
    return tmp_path


def test_closed_standard_streams_are_no_fault(stored: Path) -> None:
    for line in ("arvio index >&-", "arvio index 2>&-", "arvio index <&- >&- 2>&-"):
        done = shell(stored, line)
        assert (done.returncode, done.stderr) == (0, b""), line
    assert b"needs a terminal" in shell(stored, "arvio label <&-").stderr


def test_a_pipe_gets_all_letters_whatever_the_locale(stored: Path) -> None:
    done = shell(stored, "arvio mentions --quiet | cat", PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Արարկապը լավն է։" in done.stdout.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("command", ["index", "index --json", "--help"])
def test_a_full_disk_behind_the_standard_output_is_said(stored: Path, command: str) -> None:
    done = shell(stored, f"arvio {command} > /dev/full")
    assert done.returncode == 73
    assert done.stderr.decode() == (
        "arvio: standard output: cannot be written (No space left on device); free space\n"
    )
    assert shell(stored, f"arvio {command} > /dev/full 2>&1").returncode == 73


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded otherwise there")
@pytest.mark.parametrize("room", [8, 70])
def test_memory_that_runs_out_is_said_and_is_no_fault_of_the_model(room: int) -> None:
    # Bounded once torch is there: at the tokenizer's and the weights' files, or where the weights are unpacked.
    code = f"""
import resource, torch, cli, sentiment.scorer
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + {room} * 2**20,) * 2)
cli.main(["predict"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=b"Nokia toimii.\n",
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.stderr.decode() == (
        "arvio: memory ran out; end other programs, or allow Arvio more, and run it again\n"
    )
    assert done.returncode == 1


def test_sigterm_ends_a_command_as_ctrl_c_does() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "match", "--brand", "Nokia"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(b"Nokia\n")
    process.stdin.flush()
    assert process.stdout.readline()
    process.terminate()
    (_, said) = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == b"arvio: interrupted; what was stored is kept, run it again to go on\n"
