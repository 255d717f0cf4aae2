"""The documentation says what the code does: references are generated, names in the guides exist."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

import cli
from crawler.config import load_config
from crawler.tables import HEADINGS
from store.db import Filters, Store
from store.published import update_index
from store.schema import MIGRATIONS
from tests.store_samples import NOW, clock, document, mention

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GUIDES = sorted(path.name for path in DOCS.glob("*.md"))


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands() -> dict[str, Any]:
    found: dict[str, Any] = {}

    def walk(command: Any, path: str) -> None:
        for name, each in getattr(command, "commands", {}).items():
            found[f"{path}{name}"] = each
            walk(each, f"{path}{name} ")

    walk(typer.main.get_command(cli.app), "")
    return found


@pytest.mark.parametrize("name", ["cli.md", "config.md"])
def test_the_generated_references_are_current(generate: ModuleType, name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run python docs/generate.py"


@pytest.mark.parametrize("name", GUIDES)
def test_every_command_and_option_in_a_guide_exists(name: str) -> None:
    known = commands()
    text = (DOCS / name).read_text(encoding="utf-8")
    shown = re.findall(r"(?:^|`)arvio ([a-z]+)([^`\n]*)", text, re.MULTILINE)
    assert shown or name in ("index.md", "config.md", "add-a-source.md", "architecture.md", "model-log.md")
    for command, rest in shown:
        assert command in known, f"{name}: arvio {command}"
        inner = rest.split()
        path = f"{command} {inner[0]}" if inner and f"{command} {inner[0]}" in known else command
        options = {option for each in known[path].params for option in each.opts} | {"--help"}
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest):
            assert option in options, f"{name}: arvio {path} {option}"


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *(DOCS / name for name in GUIDES)], ids=lambda page: page.name
)
def test_every_link_between_pages_leads_to_a_page_and_a_heading_that_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)]+)", text):
        path, _, anchor = target.partition("#")
        assert (page.parent / path).exists(), f"{page.name}: {target}"
        if anchor:
            headings = re.findall(
                r"^#+ (.*)$", (page.parent / path if path else page).read_text("utf-8"), re.MULTILINE
            )
            anchors = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
            assert anchor in anchors, f"{page.name}: {target}"
    assert not re.findall(r"(?<![(\w])docs/[\w-]+\.md", text), f"{page.name}: a page is named without a link"


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md", *(f"docs/{name}" for name in GUIDES)])
def test_english_percentages_are_written_as_on_the_english_report(page: str) -> None:
    assert re.findall(r"\d [%](?!\w)", (ROOT / page).read_text(encoding="utf-8")) == []


def test_every_column_of_scored_mentions_is_explained(tmp_path: Path) -> None:
    with Store.open(tmp_path / "arvio.db", clock=clock) as store, store.reading() as database:
        columns = {row[1] for row in database.execute("PRAGMA table_info(scored_mentions)")}
    guide = (DOCS / "guide-analyst.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", guide, re.MULTILINE))
    assert columns <= explained, columns - explained
    assert MIGRATIONS


def test_every_heading_that_an_import_recognises_is_named() -> None:
    guide = (DOCS / "guide-analyst.md").read_text(encoding="utf-8")
    named = dict(
        re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|$", guide.partition("| headings |")[2], re.MULTILINE)[:10]
    )
    assert {key: tuple(names.split(", ")) for key, names in named.items()} == HEADINGS


def test_the_commands_that_report_take_json() -> None:
    without = {name for name, each in commands().items() if not any("--json" in p.opts for p in each.params)}
    assert "report" in without
    assert not without & {
        "index",
        "trend",
        "compare",
        "drivers",
        "alerts",
        "mentions",
        "export",
        "survey show",
    }


def test_help_says_what_every_argument_and_option_is() -> None:
    for name, each in commands().items():
        assert each.help, name
        for parameter in each.params:
            assert getattr(parameter, "help", None), f"arvio {name}: {parameter.name}"
            assert not re.search(r"[\[\] ]", parameter.metavar or ""), f"arvio {name}: {parameter.metavar}"


def test_every_extra_is_named_where_it_is_needed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (needed,) = re.findall(r"\[(.*)\]", project["optional-dependencies"]["all"][0])
    pages = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("guide-analyst.md", "config.md")}
    for extra in needed.split(","):
        assert any(re.search(rf"'arvio\[(\w+,)*{extra}\b", page) for page in pages.values()), extra
    assert "'.[all]'" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_kinds_of_rows_that_are_kept_are_named(tmp_path: Path) -> None:
    with Store.open(tmp_path / "arvio.db", clock=clock) as store:
        store.add_documents([document(1)])
        with store.transaction() as database:
            database.execute("INSERT INTO mention_aspects SELECT id, 'price' FROM mentions")
        update_index(store, now=NOW)
        with store.reading() as database:
            kept = {by for (by,) in database.execute("SELECT DISTINCT by FROM satisfaction_index")}
    guide = " ".join((DOCS / "guide-analyst.md").read_text(encoding="utf-8").split())
    (named,) = re.findall(r"`satisfaction_index` holds .*? `by` \(([a-z, ]+)\)", guide)
    assert set(named.split(", ")) == kept


def test_the_query_for_the_right_of_access_finds_every_text_that_holds_a_name(tmp_path: Path) -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", (DOCS / "privacy.md").read_text(encoding="utf-8"), re.DOTALL)
    elsewhere = "Nokia toimii hyvin. " + "Aivan muuta. " * 200
    with Store.open(tmp_path / "arvio.db", clock=clock) as store:
        for documents in (
            [
                document(
                    1, elsewhere + "Matti Meikäläisen mukaan.", mentions=(mention("Nokia toimii hyvin."),)
                ),
                document(2, "Nokia petti Meikäläisen."),
                document(3, title="Matti Meikäläinen"),
                document(4),
            ],
            [document(2, "Nokia petti.")],
        ):
            store.add_documents(documents)
        assert store.count_mentions(Filters(search="Meikäläi")) == 0
        with store.reading() as database:
            found = sorted(url.rpartition("/")[2] for url, *_ in database.execute(query))
    assert found == ["1", "2", "3"]


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.toml")), ids=lambda path: path.name)
def test_every_example_is_a_configuration(path: Path) -> None:
    config = load_config(path)
    assert config.brand and config.source
    assert "not probed" in path.read_text(encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.skipif(sys.platform == "win32", reason="no cron there")
def test_the_crontab_finds_the_program_that_the_page_installs(tmp_path: Path) -> None:
    # cron's environment is bare; the line runs as it stands, but for the folder.
    crontab = (ROOT / "examples" / "crontab").read_text("utf-8")
    lines = crontab.replace("/srv/arvio", str(tmp_path)).splitlines()
    (path,) = (line.removeprefix("PATH=") for line in lines if line.startswith("PATH="))
    (command,) = (re.split(r"\s+", line, maxsplit=5)[5] for line in lines if line[:1].isdigit())
    program = tmp_path / "venv" / "bin" / "arvio"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m cli "$@"\n', "utf-8")
    program.chmod(0o755)
    done = subprocess.run(["/bin/sh", "-c", command], env={"PATH": path}, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (78, b"")
    assert done.stderr.startswith(b"arvio: arvio.toml: ")
    unit = (ROOT / "examples" / "arvio.service").read_text("utf-8")
    page = (DOCS / "deploy.md").read_text("utf-8")
    assert "python3 -m venv /srv/arvio/venv\n" in page
    assert unit.count("ExecStart=") == unit.count("ExecStart=/srv/arvio/venv/bin/arvio ")
    assert "".join(f"{line}\n" for line in crontab.splitlines()[1:]) in page


def test_the_generator_reports_drift(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
