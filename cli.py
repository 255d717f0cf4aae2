"""The `arvio` command: each function parses, calls one function, prints and exits.

Scrapy, torch and the store's numeric parts are imported inside the commands that use them, so that
`arvio --help` answers at once.
"""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from itertools import repeat
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from store.errors import (
    ArvioError,
    ConfigError,
    OutputError,
    SourceError,
    StoreError,
    UsageError,
    is_out_of_memory,
)
from store.records import LABELS, Label
from store.terminal import counted, json_text, one_line, printable

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from crawler.config import Config
    from crawler.run import CrawlReport
    from sentiment.scorer import Scorer
    from sentiment.scoring import ScoreReport
    from store.db import Store
    from store.feed import Filters
    from store.health import SourceHealth
    from store.nightly import Night

VERSION = "0.1.0"
INTERRUPTED = 130
READER_GONE = 141  # what a shell sees of a program that SIGPIPE ended

app = typer.Typer(
    name="arvio",
    help="What people write about brands in Armenian and Finnish, as an index with an honest error bar.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
model_app = typer.Typer(help="The sentiment model: what it is and how well it reads.", no_args_is_help=True)
app.add_typer(model_app, name="model")

# What cannot be read is refused where it is opened, with that place's exit code; Typer's own would be 2, for what is
# only written too.
ConfigPath = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.", readable=False)]
DbPath = Annotated[
    Path | None, typer.Option("--db", help="The store; by default the configuration's.", readable=False)
]
Json = Annotated[
    bool, typer.Option("--json", help="One JSON document on standard output, nothing else there.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")]
Now = Annotated[str | None, typer.Option("--now", metavar="ISO", help="Take this as the present time.")]
ModelPath = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="MODEL",
        help="Another model than the shipped one: its folder, or OWNER/NAME@COMMIT on the Hugging Face hub.",
        readable=False,
    ),
]
DEFAULT_CONFIG = Path("arvio.toml")
BY = ("total", "day", "week", "month", "language", "source", "aspect")


# --- shared by the commands -------------------------------------------------------------------------------


def _say(message: str, quiet: bool = False) -> None:
    if not quiet:
        typer.echo(one_line(message), err=True)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and isnan(value):
        return None  # JSON has no word for it
    return value


def _print_json(document: Any) -> None:
    typer.echo(json_text(_plain(document)))


def _print_json_list(name: str, rows: Iterable[Any]) -> None:
    """The document `{name: [rows]}`, row by row as they come: they may be as many as the store holds."""
    before = f'{{"{name}": ['
    for row in rows:
        typer.echo(before + json_text(_plain(row)), nl=False)
        before = ", "
    typer.echo("]}" if before == ", " else f"{before}]}}")


def _show(*blocks: "str | Table | Text") -> None:
    """Tables and texts on standard output; a file or a pipe gets them plain, tables up to 200 characters wide."""
    from rich.console import Console
    from rich.table import Table

    from store.terminal import fit

    for block in blocks:
        console = Console(
            width=None if sys.stdout.isatty() else 200, markup=False, highlight=False, emoji=False
        )
        if isinstance(block, Table):
            fit(block, console)
        console.print(block, soft_wrap=not isinstance(block, Table))


@contextmanager
def _progress(description: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, moved by (done, total)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task(description, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _load_config(path: Path) -> "Config":
    from crawler.config import load_config

    return load_config(path)


def _config_if_any(path: Path) -> "Config | None":
    """The configuration; None where none was named and the folder has no arvio.toml."""
    return None if path == DEFAULT_CONFIG and not _is_there(path) else _load_config(path)


def _is_there(path: Path) -> bool:
    """Whether `path` exists; also where nobody may look, so that opening it says what is wrong."""
    try:
        return path.exists()
    except OSError:
        return True


def _db_path(config_path: Path, db: Path | None) -> Path:
    """The store's path: `--db`, else the configuration's, else arvio.db where there is no configuration."""
    if db is not None:
        return db
    config = _config_if_any(config_path)
    return Path("arvio.db") if config is None else config.folder / config.store.path


@contextmanager
def _open_store(
    config_path: Path,
    db: Path | None,
    *,
    read_only: bool = False,
    existing: bool = False,
    now: str | None = None,
) -> Iterator["Store"]:
    """The store; one that is `read_only`, or must be `existing`, is not made."""
    from store.db import Store

    path = _db_path(config_path, db)
    if (read_only or existing) and not _is_there(path):
        raise ConfigError(
            f"{path}: there is no store yet; fill it with `arvio run` or `arvio import`, or name another with --db"
        )
    clock = None
    if now is not None:
        moment = _parse_now(now)
        clock = lambda: moment  # noqa: E731
    config = _config_if_any(config_path)
    keep_names = config is not None and config.store.store_authors
    with Store.open(path, read_only=read_only, store_authors=keep_names, clock=clock) as store:
        yield store


def _day(text: str | None) -> str | None:
    """A day as ISO 8601. Raises UsageError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is no day; write e.g. 2026-11-22") from None


def _period(since: str | None, until: str | None) -> dict[str, str | None]:
    """The days `since` and `until` as ISO 8601. Raises UsageError where one is no day, or the first is the later."""
    first, last = _day(since), _day(until)
    if first and last and first > last:
        raise UsageError(f"--since {first} is later than --until {last}; change one of them")
    return {"since": first, "until": last}


def _choice(option: str, value: str, known: Sequence[str]) -> Any:
    if value not in known:
        raise UsageError(f"{option} {value!r} is unknown; choose one of {', '.join(known)}")
    return value


def _language(text: str) -> str:
    """`text`, which is the code of a language. Raises UsageError for anything else."""
    from store.language import is_code

    if not is_code(text):
        raise UsageError(f'--language {text!r} is no code; write one such as "fi" or "hy"')
    return text


def _parse_now(now: str | None) -> datetime:
    if now is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        raise UsageError(f"--now {now!r} is no ISO 8601 time; write e.g. 2026-11-22T03:00:00Z") from None
    # Windows of days and weeks reach back from it, and past it to the end of its week.
    if not 1970 <= moment.year < 9999:
        raise UsageError(f"--now {now!r} is outside the years 1970 to 9998; write e.g. 2026-11-22T03:00:00Z")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _stdin_lines() -> Iterator[str]:
    """Lines of standard input, split at line feeds only, undecodable bytes replaced."""
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


# --- text in, JSON Lines out ------------------------------------------------------------------------------


@app.command()
def match(
    brand: Annotated[str, typer.Option("--brand", help="The brand's name in its base form.")],
    alias: Annotated[
        list[str] | None, typer.Option("--alias", help="Another name; may be given again.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="fi, hy, ru or sv; by default fi and hy.")
    ] = None,
) -> None:
    """Find a brand's inflected names in lines on standard input; JSON Lines out."""
    from crawler.brands import Brand
    from crawler.matching import match_lines

    if not all(name.strip() for name in (brand, *(alias or ()))):
        raise UsageError("--brand and --alias take a name; one of them is empty")
    known = ("fi", "hy", "ru", "sv")
    if language is not None and language not in known:
        raise UsageError(
            f"--language {language!r} has no rules of inflection; choose one of {', '.join(known)}"
        )
    languages = ("fi", "hy") if language is None else (language,)
    wanted = Brand(name=brand, aliases=tuple(alias or ()), languages=languages)
    for found in match_lines(wanted, language, _stdin_lines()):
        typer.echo(json_text(found))


@app.command()
def predict(
    language: Annotated[str | None, typer.Option("--language", help="The language of all lines.")] = None,
    model: ModelPath = None,
) -> None:
    """Read the sentiment of each line on standard input; JSON Lines out, in the same order.

    A line in a language that the model was not measured on is labelled "unscored", with the reason beside it.
    """
    known = None if language is None else repeat(_language(language))
    scorer = _scorer(model)
    for reading in scorer.read(_stdin_lines(), known):
        row = {
            "label": reading.label if reading.gate is None else "unscored",
            "positive": round(reading.positive, 4),
            "neutral": round(reading.neutral, 4),
            "negative": round(reading.negative, 4),
            "language": reading.language,
        }
        if reading.gate is not None:
            row["reason"] = reading.gate
        typer.echo(json_text(row))


def _model(given: Path | None, quiet: bool = False) -> Path:
    """What `--model` names, else the shipped model; a fetch shows its progress in a terminal, unless `quiet`."""
    from sentiment.folder import SHIPPED

    if quiet or not sys.stderr.isatty():
        os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"  # read when the hub's library is imported
    return given or SHIPPED


def _scorer(model: Path | None, quiet: bool = False) -> "Scorer":
    from sentiment.scorer import Scorer

    return Scorer.load(_model(model, quiet))


@model_app.command("info")
def model_info(model: ModelPath = None, as_json: Json = False) -> None:
    """What the model is: name, checksum, languages it was measured on."""
    from sentiment.folder import open_folder

    folder = open_folder(_model(model))
    facts = {
        "name": folder.card.name,
        "path": str(folder.path),
        "sha256": folder.sha256,
        "languages": list(folder.card.languages),
        "layers": folder.config.get("num_hidden_layers"),
        "vocabulary": folder.config.get("vocab_size"),
    }
    if folder.english:
        facts["english_layers"] = folder.english.config.get("num_hidden_layers")
        facts["english_vocabulary"] = folder.english.config.get("vocab_size")
    if as_json:
        _print_json(facts)
        return
    for name, value in facts.items():
        typer.echo(one_line(f"{name}: {', '.join(value) if isinstance(value, list) else value}"))


@model_app.command("evaluate")
def model_evaluate(
    file: Annotated[Path, typer.Argument(help="Tab-separated with columns text and label, plain or .gz.")],
    model: ModelPath = None,
    language: Annotated[str | None, typer.Option("--language", help="The language of all texts.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """How well the model reads a labelled file: accuracy, macro-F1, AUC, calibration, confusion.

    Macro-F1 is of the classes that the file holds, its interval a 95% bootstrap. The last figures are of the texts
    labelled positive or negative alone; a perfectly calibrated model would err by chance as the last one says.
    """
    from sentiment.evaluation import evaluate_file
    from store.terminal import table

    known = None if language is None else _language(language)
    scorer = _scorer(model, quiet)
    with _progress("reading", quiet) as advance:
        figure = evaluate_file(scorer, file, known, advance)
    if as_json:
        _print_json(figure)
        return
    typer.echo(
        f"{counted(figure.n, 'text')}: accuracy {figure.accuracy:.3f}, macro-F1 {figure.macro_f1:.3f} "
        f"[{figure.macro_f1_low:.3f}, {figure.macro_f1_high:.3f}]"
    )
    if figure.opinions:
        ranked = "" if isnan(figure.auc) else f"AUC {figure.auc:.3f}, "
        typer.echo(
            f"{counted(figure.opinions, 'opinion')}: macro-F1 {figure.opinion_macro_f1:.3f}, {ranked}"
            f"expected calibration error {figure.ece:.3f} (by chance alone {figure.ece_by_chance:.3f})"
        )
    if figure.unscored:
        _say(
            f"{figure.unscored:,} of the texts would stay unscored: empty, or in no language that the model "
            "was measured on; they are counted here as it read them",
            quiet,
        )
    rows = [(true, *counts) for true, counts in zip(LABELS, figure.confusion, strict=True)]
    _show(table(("true / read as", *LABELS), rows, right=(1, 2, 3)))


# --- set-up -----------------------------------------------------------------------------------------------


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write it.", readable=False)
    ] = Path(),
    quiet: Quiet = False,
) -> None:
    """Write a commented arvio.toml to start from."""
    from crawler.starter import write_starter

    path = write_starter(folder)
    _say(f"{path} written; name your brands and sources in it, then run `arvio run`", quiet)


@app.command()
def demo(
    keep: Annotated[
        Path | None, typer.Option("--keep", help="Keep the store and its configuration here.", readable=False)
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The whole main job on a bundled site, served on loopback: crawl two nights, score, index, alerts."""
    from crawler.demo.tour import tour
    from store.views import index_table

    found = tour(keep, say=lambda message: _say(message, quiet))
    if as_json:
        _print_json(found.as_json())
        return
    _show(index_table(found.rows, found.truth))
    for line in found.lines:
        typer.echo(one_line(line))


@app.command()
def doctor(
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    model: ModelPath = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Versions, settings, the model's checksum, the store's integrity and key, the health of each source."""
    from sentiment.folder import open_folder
    from store.health import source_health
    from store.notify import check_addresses
    from store.terminal import table
    from store.views import health_table

    facts = _versions()
    problems: list[ArvioError] = []
    sources: list[SourceHealth] = []
    with _noting(problems):
        facts["model"] = open_folder(_model(model, quiet)).identity
    with _noting(problems):
        settings = _load_config(config)
        facts["configuration"] = (
            f"{config}: {counted(len(settings.brand), 'brand')}, {counted(len(settings.source), 'source')}"
        )
        check_addresses(settings.notify)
    with _noting(problems), _open_store(config, db, read_only=True) as store:
        damage = store.check()
        facts["store"] = f"{store.path}: {counted(store.count_mentions(), 'mention')}"
        problems += [StoreError(f"{store.path}: {each}; restore a backup") for each in damage]
        sources = source_health(store)
        problems += [
            SourceError(f"source {each.source}: {each.outcome}: {each.reason}")
            for each in sources
            if each.outcome not in ("ok", "never")
        ]
        store.check_key()
    code = max((problem.exit_code for problem in problems), default=0)
    if as_json:
        found = {"facts": facts, "sources": sources, "problems": [str(each) for each in problems]}
        _print_json(found | {"exit_code": code})
        raise typer.Exit(code)
    if not quiet:
        _show(table(("what", "state"), facts.items()), "", health_table(sources), "")
    _show(*(one_line(f"problem: {each}") for each in problems))
    if not problems:
        _say("all well", quiet)
    raise typer.Exit(code)


@contextmanager
def _noting(problems: list[ArvioError]) -> Iterator[None]:
    try:
        yield
    except ArvioError as error:
        # A configuration that cannot be read keeps the store from being opened too.
        if str(error) not in map(str, problems):
            problems.append(error)


def _versions() -> dict[str, str]:
    import platform
    import sqlite3
    from importlib.metadata import version

    facts = {"arvio": VERSION, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    return facts | {
        name: version(name) for name in ("scrapy", "torch", "transformers", "sqlite-utils", "typer")
    }


@app.command()
def probe(
    url: Annotated[str, typer.Argument(help="A page of the site, with http:// or https://.")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What can be collected at a web address; prints the [[source]] to paste into arvio.toml."""
    from crawler.config import CrawlOptions
    from crawler.probe import probe as look

    settings = _config_if_any(config)
    found = look(url, CrawlOptions() if settings is None else settings.crawl)
    if as_json:
        _print_json(found)
    else:
        for line in found.toml.splitlines() if quiet and found.findings else found.lines:
            typer.echo(one_line(line))
    if found.failed:
        raise typer.Exit(3)


# --- the nightly job --------------------------------------------------------------------------------------

Sources = Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be given again.")]
MaxPages = Annotated[int | None, typer.Option("--max-pages", min=1, help="At most so many pages a source.")]


def _crawl(
    config: "Config",
    store: "Store",
    sources: list[str] | None,
    max_pages: int | None,
    now: str | None,
    quiet: bool,
) -> "CrawlReport":
    from crawler.progress import CrawlProgress
    from crawler.run import crawl as collect

    moment = None if now is None else _parse_now(now)
    if quiet or not sys.stderr.isatty():
        return collect(config, store, sources=sources, max_pages=max_pages, now=moment)
    with CrawlProgress() as progress:
        return collect(config, store, sources=sources, max_pages=max_pages, progress=progress, now=moment)


def _score(store: "Store", model: Path | None, rescore: bool, quiet: bool) -> "ScoreReport":
    from sentiment.scoring import score_store

    scorer = _scorer(model, quiet)
    with _progress("scoring", quiet) as advance:
        return score_store(store, scorer, rescore=rescore, on_progress=advance)


def _say_failures(report: "CrawlReport") -> None:
    for each in report.sources:
        if each.outcome != "ok":
            _say(f"arvio: {each.line}")


def _say_notes(report: "CrawlReport") -> None:
    for each in report.sources:
        for note in each.notes:
            _say(f"arvio: {each.source}: {note}")


@app.command()
def crawl(
    source: Sources = None,
    max_pages: MaxPages = None,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Collect what is new from the configured sources."""
    from crawler.progress import source_table

    settings = _load_config(config)
    with _open_store(config, db, now=now) as store:
        report = _crawl(settings, store, source, max_pages, now, quiet)
    if as_json:
        _print_json({"sources": report.sources, "exit_code": report.exit_code})
    elif quiet:
        _say_failures(report)
    else:
        _show(source_table(report.sources))
        _say_notes(report)
    raise typer.Exit(report.exit_code)


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="CSV, JSON Lines, XLSX or Parquet with a column text.")],
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Add mentions from CSV, JSON Lines, XLSX or Parquet: text, url, published_at, author, brand, rating, language,
    source. What `arvio export` wrote comes back exactly as it was.
    """
    from crawler.run import import_file

    settings = _load_config(config)
    with _open_store(config, db, now=now) as store:
        report = import_file(file, settings, store, now=None if now is None else _parse_now(now))
    if as_json:
        _print_json({"sources": report.sources, "exit_code": report.exit_code})
        raise typer.Exit(report.exit_code)
    for each in report.sources:
        if not quiet:
            typer.echo(one_line(each.line))
        elif each.errors:
            _say(f"arvio: {each.line}")
    _say_notes(report)
    raise typer.Exit(report.exit_code)


@app.command()
def score(
    model: ModelPath = None,
    rescore: Annotated[bool, typer.Option("--rescore", help="Read everything again.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score the mentions that have no score from the current model, and find the aspects that they speak of."""
    from store.aspects import tag

    settings = _config_if_any(config)
    with _open_store(config, db, existing=True) as store:
        report = _score(store, model, rescore, quiet)
        tag(store, None if settings is None else settings.aspects)
    if as_json:
        _print_json(report)
    else:
        _say(
            f"{counted(report.scored, 'mention')} scored by {report.model}, {report.unscored:,} left unscored",
            quiet,
        )
        if report.links and not quiet:
            from store.views import link_table

            _show(link_table(report.links))


@app.command()
def run(
    source: Sources = None,
    max_pages: MaxPages = None,
    model: ModelPath = None,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The nightly job: crawl, score, index, alerts. Exits 3 where a source failed, went silent or an alert
    could not be delivered."""
    from store.nightly import conclude
    from store.notify import check_addresses

    settings = _load_config(config)
    check_addresses(settings.notify)
    moment = _parse_now(now)
    with _open_store(config, db, now=now) as store, store.night():
        crawled = _crawl(settings, store, source, max_pages, now, quiet)
        if crawled.interrupted:
            raise typer.Exit(INTERRUPTED)
        scored = _score(store, model, rescore=False, quiet=quiet)
        night = conclude(store, now=moment, aspects=settings.aspects, notify=settings.notify)
    for each in night.undelivered:
        _say(f"arvio: {each.error}")
    code = crawled.exit_code or (SourceError.exit_code if night.undelivered else 0)
    if as_json:
        head = {"now": moment.isoformat().replace("+00:00", "Z"), "model": night.model}
        body = {"sources": crawled.sources, "scored": scored, "rows": night.rows}
        _print_json(head | body | {"alerts": night.alerts, "deliveries": night.deliveries, "exit_code": code})
    elif quiet:
        _say_failures(crawled)
    else:
        _show_night(crawled, scored, night)
    raise typer.Exit(code)


def _show_night(crawled: "CrawlReport", scored: "ScoreReport", night: "Night") -> None:
    from crawler.progress import source_table
    from store.views import alert_text, index_table, link_table

    new = sum(each.mentions for each in crawled.sources)
    summary = f"{counted(new, 'new mention')}, {scored.scored:,} scored, {scored.unscored:,} unscored"
    if not new and not scored.scored and not scored.unscored:
        summary = "Nothing new since the last run."
    _show(source_table(crawled.sources), f"\n{summary}\n", index_table(night.rows))
    _say_notes(crawled)
    if scored.links:
        _show("", link_table(scored.links))
    if night.alerts:
        _show("", *map(alert_text, night.alerts))


# --- numbers ----------------------------------------------------------------------------------------------

Brand = Annotated[str | None, typer.Option("--brand", help="Only this brand.")]
Group = Annotated[str | None, typer.Option("--group", help="Only this group of brands.")]
Since = Annotated[str | None, typer.Option("--since", metavar="DAY", help="From this day on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Up to this day.")]


@app.command()
def index(
    brand: Brand = None,
    group: Group = None,
    by: Annotated[str, typer.Option("--by", help="day, week, month, language, source or aspect.")] = "total",
    since: Since = None,
    until: Until = None,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The mention-satisfaction index of each brand, with its interval."""
    from store.index import as_json as document
    from store.index import current_model, index_rows
    from store.views import index_table

    moment = _parse_now(now)
    with _open_store(config, db, read_only=True) as store:
        rows = index_rows(
            store,
            by=_choice("--by", by, BY),
            brand=brand,
            group=group,
            **_period(since, until),
            now=moment,
        )
        name = current_model(store)
        is_empty = not rows and not any(each.mentions for each in index_rows(store, now=moment))
    if as_json:
        _print_json(document(rows, now=moment, model=name))
    elif rows:
        _show(index_table(rows))
    elif not is_empty:
        _say("no mention belongs there; `arvio index` without options has what there is", quiet)
    else:
        _say("no brand has been mentioned yet; `arvio run` or `arvio import` collects mentions", quiet)


@app.command()
def trend(
    brand: Annotated[str, typer.Argument(help="Its name in the configuration.")],
    by: Annotated[str, typer.Option("--by", help="day, week or month.")] = "week",
    since: Since = None,
    until: Until = None,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """A brand's index over time: a chart with the interval as a band.

    What lies before a silence of more than ten years, most likely a wrong date, is left out; `arvio index --by` has it.
    """
    from store.trend import chart
    from store.trend import trend as series

    with _open_store(config, db, read_only=True) as store:
        points = series(
            store,
            brand,
            by=_choice("--by", by, ("day", "week", "month")),
            now=_parse_now(now),
            **_period(since, until),
        )
    if as_json:
        _print_json({"brand": brand, "by": by, "points": points})
        return
    if not points:
        _say(f"nothing was written about {brand} in that time", quiet)
    elif all(point.row is None or point.row.index is None for point in points):
        _say("no period has enough opinions yet; `arvio index` has the counts", quiet)
    else:
        for line in chart(points):
            typer.echo(line)


@app.command()
def compare(
    brands: Annotated[list[str], typer.Argument(metavar="BRAND", help="Two brands or more.")],
    since: Since = None,
    until: Until = None,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Brands side by side: differences, P(A above B), share of voice."""
    from store.compare import compare as beside
    from store.views import difference_table, index_table, voice_table

    with _open_store(config, db, read_only=True) as store:
        found = beside(store, brands, now=_parse_now(now), **_period(since, until))
    if as_json:
        _print_json(found)
    elif any(voice.clusters for voice in found.voices):
        _show(index_table(found.rows), "", difference_table(found.differences), "", voice_table(found.voices))
    else:
        _say(f"nothing was written about {' or '.join(brands)} in that time", quiet)


@app.command()
def drivers(
    brand: Annotated[str, typer.Argument(help="Its name in the configuration.")],
    since: Since = None,
    until: Until = None,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Which aspects of a brand pull its index up or down."""
    from store.aspects import driver_table
    from store.views import driver_table as shown

    with _open_store(config, db, read_only=True) as store:
        found = driver_table(store, brand, now=_parse_now(now), **_period(since, until))
    if as_json:
        _print_json({"brand": brand, "drivers": found})
        return
    if found:
        _show(shown(found))
    else:
        _say(f"no scored mention of {brand} speaks of an aspect", quiet)


@app.command()
def alerts(
    brand: Brand = None,
    since: Since = None,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What changed for the worse, with quotes and links."""
    from store.alerts import list_alerts
    from store.index import brands_of
    from store.views import alert_text

    with _open_store(config, db, read_only=True) as store:
        brands_of(store, brand=brand)
        found = list_alerts(store, brand=brand, since=_day(since))
    if as_json:
        _print_json({"alerts": found})
    elif not found:
        _say("no alerts", quiet)
    else:
        _show(*map(alert_text, found))


# --- mentions ---------------------------------------------------------------------------------------------

LabelOption = Annotated[str | None, typer.Option("--label", help="negative, neutral, positive or unscored.")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="fi, hy, hy-Latn, ru, sv, en …")]
SourceOption = Annotated[str | None, typer.Option("--source", help="Only this source.")]
Search = Annotated[
    str | None, typer.Option("--search", help="Words that must all occur, the last as a beginning.")
]


def _filters(
    brand: str | None,
    group: str | None,
    label: str | None,
    language: str | None,
    source: str | None,
    since: str | None,
    until: str | None,
    search: str | None,
    limit: int | None = None,
) -> "Filters":
    from store.feed import Filters

    days = _period(since, until)
    return Filters(brand, group, label, language, source, days["since"], days["until"], search, limit)


def _check_known(store: "Store", wanted: "Filters") -> None:
    """Raises UsageError where a filter names what the store does not know."""
    from store.feed import check_known
    from store.index import brands_of

    brands_of(store, brand=wanted.brand, group=wanted.group)
    with store.reading() as database:
        check_known(database, wanted)


@app.command()
def mentions(
    brand: Brand = None,
    group: Group = None,
    label: LabelOption = None,
    language: LanguageOption = None,
    source: SourceOption = None,
    since: Since = None,
    until: Until = None,
    search: Search = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=2**63 - 1, help="At most so many, the newest first.")
    ] = 50,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The feed: the newest mentions, the matched words marked."""
    from store.views import mention_text

    wanted = _filters(brand, group, label, language, source, since, until, search, limit)
    with _open_store(config, db, read_only=True) as store:
        _check_known(store, wanted)
        if as_json:
            _print_json_list("mentions", store.mentions(wanted))
            return
        shown = 0
        for row in store.mentions(wanted):
            _show(mention_text(row))
            shown += 1
        total = store.count_mentions(replace(wanted, limit=None))
    _say(f"{shown:,} of {counted(total, 'mention')}", quiet)


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="Ends in .csv, .xlsx, .jsonl or .parquet.", readable=False)],
    brand: Brand = None,
    group: Group = None,
    label: LabelOption = None,
    language: LanguageOption = None,
    source: SourceOption = None,
    since: Since = None,
    until: Until = None,
    search: Search = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Leave cells alone that a spreadsheet would calculate.")
    ] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write scored mentions to a file, all of it or nothing."""
    from store.export import export as write

    wanted = _filters(brand, group, label, language, source, since, until, search)
    with _open_store(config, db, read_only=True) as store:
        _check_known(store, wanted)
        rows = write(store, path, wanted, raw=raw)
    if as_json:
        _print_json({"path": str(path), "rows": rows})
    else:
        _say(f"{counted(rows, 'mention')} written to {path}", quiet)


# --- people's answers -------------------------------------------------------------------------------------

label_app = typer.Typer()
app.add_typer(label_app, name="label")
KEYS: dict[str, Label] = {"n": "negative", "u": "neutral", "p": "positive"}


@label_app.callback(invoke_without_command=True)
def label(
    context: typer.Context,
    brand: Brand = None,
    sample: Annotated[int, typer.Option("--sample", min=1, help="How many mentions to read.")] = 50,
    labelled_by: Annotated[str, typer.Option("--by", help="Your name, kept with each label.")] = "",
    seed: Annotated[int, typer.Option("--seed", help="Another seed draws another sample.")] = 0,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    quiet: Quiet = False,
) -> None:
    """A person's labels: an audit sample to answer, or labels from a file.

    The sample is answered by single keys: n negative, u neutral, p positive, s skip, q quit.
    """
    if context.invoked_subcommand is not None:
        return
    from store.index import brands_of
    from store.labels import add_labels, agreement, audit_sample

    if not sys.stdin.isatty():
        raise UsageError(
            "labelling asks key by key and needs a terminal; labels from a file come in with `arvio label import FILE`"
        )
    with _open_store(config, db, existing=True) as store:
        brands_of(store, brand=brand)
        items = audit_sample(store, sample, brand, seed)
        if not items:
            _say("no scored mention is left to label; `arvio run` collects and scores more", quiet)
        for number, item in enumerate(items, 1):
            typer.echo(
                f"\n{number}/{len(items)}  {typer.style(one_line(item.brand), bold=True)}  {one_line(item.url)}"
            )
            typer.echo(printable(item.passage))
            key = _ask_key()
            if key == "q":
                break
            if key in KEYS:
                add_labels(store, [(item.mention_id, KEYS[key])], origin="audit", labelled_by=labelled_by)
        found = agreement(store, brand)
    if found.n:
        kappa = "–" if found.kappa is None else f"{found.kappa:.2f}"
        typer.echo(f"\n{found.n:,} labelled; the model agrees on {found.observed:.0%} of them (κ = {kappa})")


def _ask_key() -> str:
    while True:
        typer.echo("[n]egative  ne[u]tral  [p]ositive  [s]kip  [q]uit: ", nl=False)
        key = typer.getchar().lower()
        typer.echo(key if key.isprintable() else "")
        if key in (*KEYS, "s", "q"):
            return key
        if key in ("\x03", "\x04", ""):
            raise KeyboardInterrupt


@label_app.command("import")
def label_import(
    file: Annotated[Path, typer.Argument(help="CSV or JSON Lines with mention_id and label.")],
    labelled_by: Annotated[str, typer.Option("--by", help="Who labelled, kept with each label.")] = "",
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Add a file of labels, all of them or none. They tell how often the model errs: label mentions as they come, since
    labels of those alone that it read wrongly would say that it always does.
    """
    from store.labels import import_labels

    with _open_store(config, db, existing=True) as store:
        count = import_labels(store, file, labelled_by=labelled_by)
    if as_json:
        _print_json({"labels": count})
    else:
        _say(f"{counted(count, 'label')} added", quiet)


survey_app = typer.Typer(
    help="The other three measures: CSAT, NPS and time to resolve.", no_args_is_help=True
)
app.add_typer(survey_app, name="survey")


@survey_app.command("import")
def survey_import(
    file: Annotated[
        Path, typer.Argument(help="CSV with brand and score, or with brand, opened and resolved.")
    ],
    kind: Annotated[str, typer.Option("--kind", help="csat, nps or resolution.")],
    brand: Annotated[str | None, typer.Option("--brand", help="The brand of all rows.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Add the answers of a CSV file, all of them or none."""
    from store.surveys import KINDS, import_survey

    with _open_store(config, db, now=now) as store:
        count = import_survey(store, file, _choice("--kind", kind, KINDS), brand=brand)
    if as_json:
        _print_json({"answers": count})
    else:
        _say(f"{counted(count, 'answer')} added to {store.path}", quiet)


@survey_app.command("show")
def survey_show(
    brand: Brand = None,
    since: Since = None,
    until: Until = None,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Each brand's CSAT, NPS and time to resolve, beside the target."""
    from store.index import brands_of
    from store.surveys import survey_measures
    from store.views import survey_table

    with _open_store(config, db, read_only=True, now=now) as store:
        found = survey_measures(store, brand=brand, **_period(since, until))
        every = survey_measures(store)
        # Answers may be about a brand that is not configured.
        if not any(each.brand == brand for each in every):
            brands_of(store, brand=brand)
    if as_json:
        _print_json({"surveys": found})
        return
    if found:
        _show(survey_table(found))
    elif every:
        _say("no answer belongs there; `arvio survey show` without options has what there is", quiet)
    else:
        _say("there are no answers yet; `arvio survey import` adds them", quiet)


# --- sharing and erasing ----------------------------------------------------------------------------------


@app.command()
def report(
    path: Annotated[Path, typer.Argument(help="The page to write, ends in .html.", readable=False)],
    language: Annotated[str, typer.Option("--lang", help="en, fi or hy.")] = "en",
    target: Annotated[float, typer.Option("--target", min=0, max=100, help="The line to reach.")] = 80,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    quiet: Quiet = False,
) -> None:
    """Write one self-contained page: index, trend, share of voice, alerts and the evidence behind each figure."""
    from store.report import write_report

    with _open_store(config, db, read_only=True) as store:
        words = _choice("--lang", language, ("en", "fi", "hy"))
        write_report(store, path, language=words, now=_parse_now(now), target=target)
    _say(f"report written to {path}", quiet)


@app.command()
def serve(
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; loopback unless told otherwise.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8001,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    quiet: Quiet = False,
) -> None:
    """Browse the store with Datasette: canned queries and full-text search, read-only."""
    from store.serve import serve as listen

    path = _db_path(config, db)
    with _open_store(config, db, read_only=True):
        pass
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # how a service is stopped; nothing is interrupted
    try:
        listen(path, host=host, port=port, quiet=quiet)
    except KeyboardInterrupt:
        _fail("the server has stopped", INTERRUPTED)


@app.command()
def forget(
    author: Annotated[str | None, typer.Option("--author", help="Everything this author wrote.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Everything from this page.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    db: DbPath = None,
    now: Now = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Erase an author's texts or a page, for good; later crawls leave them out."""
    from crawler.urls import with_fragment
    from store.published import update_index

    with _open_store(config, db, existing=True, now=now) as store:
        found = store.forget(author=author, url=url, canonical=with_fragment((url or "").strip()))
        update_index(store, now=_parse_now(now))
    if as_json:
        _print_json(found)
    else:
        _say(
            f"{counted(found.documents, 'document')} with {counted(found.mentions, 'mention')} erased, "
            f"{counted(found.backups, 'backup')} of earlier upgrades removed",
            quiet,
        )


# --- entry ------------------------------------------------------------------------------------------------


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"arvio {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What people write about brands in Armenian and Finnish, as an index with an honest error bar."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit. Every error of ours is one sentence on standard error and its exit code.

    A reader that goes away (`arvio mentions | head`) ends it without a word. SIGTERM ends it as Ctrl-C does.
    """
    _settle_streams()
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _run(arguments)
    except (OSError, SystemExit) as end:
        # Typer and rich make exit code 1 of a closed pipe.
        if isinstance(end, BrokenPipeError) or isinstance(end.__context__, BrokenPipeError):
            sys.exit(READER_GONE)
        if isinstance(end, OSError) and end.filename is None and end.errno in _CANNOT_WRITE:
            _fail(f"standard output: cannot be written ({end.strerror}); free space", OutputError.exit_code)
        raise


_CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _settle_streams() -> None:
    """What cron, or a locale without our letters, leaves of the standard streams made fit to write to."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed; the lowest free number, its own, must go to no other file
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="replace")


def _run(arguments: Sequence[str] | None) -> NoReturn:
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        _refuse_bytes(given)
        code = app(args=given, prog_name="arvio", standalone_mode=False)
    except ArvioError as error:
        _fail(str(error), error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except typer.TyperException as error:
        message = error.format_message() if isinstance(error, typer.BadParameter) else str(error)
        if "\n" in message:  # a command group called without a command: typer raises its whole help text
            typer.echo(message, err=True)
            sys.exit(UsageError.exit_code)
        context = getattr(error, "ctx", None)  # of usage errors, not of every typer exception
        command = context.command_path if context else "arvio"
        _fail(f"{message.rstrip('.?')}; see `{command} --help`", UsageError.exit_code)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        _fail(
            "memory ran out; end other programs, or allow Arvio more, and run it again", ArvioError.exit_code
        )
    if code == INTERRUPTED:  # Typer turns Ctrl-C into this code without a word
        # A second one at the very end would change the exit code.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        _fail("interrupted; what was stored is kept, run it again to go on", INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Raises UsageError for an argument that is no text: Python passes bytes that are not UTF-8 on as surrogates."""
    for each in arguments:
        try:
            each.encode()
        except UnicodeEncodeError:
            raise UsageError(f"argument {each!a} is not UTF-8; set the terminal to UTF-8") from None


def _fail(message: str, code: int) -> NoReturn:
    try:
        typer.echo(f"arvio: {' '.join(one_line(message).split())}", err=True)
    except OSError as error:
        if error.errno not in _CANNOT_WRITE:
            raise
        # The disk behind standard error is full: the code says what went wrong all the same.
    sys.exit(code)


if __name__ == "__main__":
    main()
