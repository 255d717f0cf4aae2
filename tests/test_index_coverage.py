"""The prevalence-shift protocol on a simulated reader: the corrected index finds the true share, its interval
holds it.
"""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.prevalence import READER, Sets, concentrations, run_on_data, run_simulated, summary
from benchmarks.prevalence_docs import write_docs


def test_the_corrected_index_finds_the_true_share() -> None:
    (line,) = summary(run_simulated([1000], draws=25, neutral=0.3, exact=False))
    error, raw_error, coverage = (float(str(line[name])) for name in ("error", "raw_error", "coverage"))
    assert error <= 2.7
    assert raw_error > 2 * error
    # 225 intervals: three standard errors of a coverage of 95 % are 4.4 points.
    assert coverage >= 90.6


@pytest.mark.soak
@pytest.mark.parametrize(("neutral", "most"), [(0.0, 2.5), (0.3, 2.988), (0.6, 4.4)])
def test_coverage_is_what_it_says(neutral: float, most: float) -> None:
    """`most` is the mean absolute error at 1,000 texts, in points: neutral texts are no opinions, and are misread."""
    for line in summary(run_simulated([100, 300, 1000], draws=200, neutral=neutral, exact=False)):
        assert 93.0 <= float(str(line["coverage"])) <= 97.0, line
        if line["n"] == 1000:
            assert float(str(line["error"])) <= most, line


def scattered(language: int, concentration: float) -> Sets:
    """Five kinds of text, 400 of each class, whose rates lie about those of the simulated reader."""
    random = np.random.default_rng(language)
    labels, sets = np.repeat(np.arange(3), 400), {}
    for kind in "abcde":
        rates = [random.dirichlet(concentration * row) for row in READER]
        sets[kind] = (labels, np.concatenate([random.choice(3, size=400, p=row) for row in rates]))
    return sets


def test_the_interval_holds_on_a_kind_of_text_that_the_rates_were_not_counted_on(tmp_path: Path) -> None:
    languages = {"fi": scattered(1, 10.0), "hy": scattered(2, 10.0)}
    found = run_on_data(languages, [300], 12, exact=False)
    means = {name: summary(lines) for name, lines in found.items()}
    for line in means["other"]:
        # 108 intervals a language, on five kinds only.
        assert float(str(line["coverage"])) >= 93.0, line
    for own, other in zip(means["own"], means["other"], strict=True):
        assert float(str(own["width"])) < float(str(other["width"]))
    assert all(4 <= each <= 25 for each in concentrations(languages))
    (tmp_path / "index.md").write_text(
        "Before\n<!-- prevalence -->\nstale table\n<!-- /prevalence -->\nAfter\n"
    )
    write_docs(tmp_path, means, found)
    page = (tmp_path / "index.md").read_text("utf-8")
    assert (
        "stale table" not in page
        and "| other kinds of text | Armenian | 300 |" in page
        and page.endswith("After\n")
    )
    assert (tmp_path / "prevalence.svg").read_text("utf-8").count("<polyline") == 6
