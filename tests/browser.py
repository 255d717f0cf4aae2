"""A real browser for tests: what a page did when it was opened, and a picture of it."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; install chromium")

_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    # The browser's own errands go nowhere; what a page asks of this machine still arrives.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@dataclass(frozen=True)
class Opened:
    """The page as the browser understood it, the addresses that the page asked for, and its console."""

    dom: str
    requests: list[str]
    console: list[str]


def open_page(page: Path) -> Opened:
    """Opens a file and waits until it has loaded."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = Path(folder, "net.json")
        done = _run(folder, f"--log-net-log={log}", "--enable-logging=stderr", "--dump-dom", page.as_uri())
        events = json.loads(log.read_text(encoding="utf-8"))["events"]
    asked = [event["params"] for event in events if "initiator" in event.get("params", {})]
    return Opened(
        dom=done.stdout,
        # The browser's own requests have no origin.
        requests=[each["url"] for each in asked if each["initiator"] != "not an origin"],
        console=re.findall(r"INFO:CONSOLE[^\n]*", done.stderr),
    )


def picture(page: Path, to: Path, width: int, height: int) -> None:
    """A screenshot of the top of a page; headless windows are never narrower than 500 pixels."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        _run(folder, f"--window-size={width},{height}", f"--screenshot={to}", page.as_uri())


def content_widths(page: Path, widths: Sequence[int]) -> list[int]:
    """How wide a page's content becomes in windows of so many pixels, narrower ones than headless windows too."""
    return [int(each) for each in _measured(page, widths, "each.documentElement.scrollWidth")]


def spans(page: Path, widths: Sequence[int], selector: str) -> list[list[tuple[float, float]]]:
    """Where the elements that are shown begin and end in windows of so many pixels, left to right."""
    boxes = f"[...each.querySelectorAll('{selector}')].map(e => e.getBoundingClientRect())"
    found = _measured(page, widths, f"{boxes}.filter(box => box.width).map(box => [box.left, box.right])")
    return [sorted((left, right) for left, right in shown) for shown in found]


def _measured(page: Path, widths: Sequence[int], expression: str) -> list[Any]:
    """The values of a JavaScript expression of the document `each`, in windows of so many pixels."""
    frames = "".join(
        f'<iframe style="width:{width}px;border:0" srcdoc="{escape(page.read_text(encoding="utf-8"))}"></iframe>'
        for width in widths
    )
    measure = (
        "onload = () => document.body.dataset.found = JSON.stringify([...document.querySelectorAll('iframe')]"
        f".map(frame => frame.contentDocument).map(each => {expression}))"
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        around = Path(folder, "around.html")
        around.write_text(f"<!doctype html><body>{frames}<script>{measure}</script>", encoding="utf-8")
        dom = _run(folder, "--dump-dom", around.as_uri()).stdout
    (found,) = re.findall(r'<body data-found="([^"]+)"', dom)
    return list(json.loads(found))


def _run(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None
    return subprocess.run(
        [CHROMIUM, *_OPTIONS, f"--user-data-dir={folder}/profile", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
        check=True,
    )
