"""The prevalence-shift protocol on a simulated reader: the corrected index finds the true share, its interval
holds it.
"""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.prevalence import READER, SHARES, Sets, concentrations, run_on_data, run_simulated, summary
from benchmarks.prevalence_docs import write_docs


def expected_error(neutral: float, n: int = 1000, audited: int = 300) -> float:
    """The mean absolute error, in points, that nobody can beat who knows nothing but these counts.

    The adjusted count has as many unknowns as counts, so it is the maximum-likelihood estimate, and its variance to
    first order is the Cramér-Rao bound: π = M⁻¹q, hence Cov(π) = M⁻¹ (Cov(q) + Σ π_k² Cov(M_k)) M⁻ᵀ, with multinomial
    covariances of the n readings and of the audited texts of each class k. |N(0, σ²)| has the mean σ·√(2/π).
    """

    def covariance(shares: np.ndarray, texts: int) -> np.ndarray:
        return np.asarray((np.diag(shares) - np.outer(shares, shares)) / texts)

    errors = []
    for share in SHARES:
        true = np.array([(1 - neutral) * (1 - share), neutral, (1 - neutral) * share])
        spread = covariance(true @ READER, n) + sum(
            weight**2 * covariance(row, audited) for weight, row in zip(true, READER, strict=True)
        )
        # How positive / (positive + negative) moves with what is read.
        slope = np.linalg.inv(READER) @ np.array([-share, 0.0, 1 - share]) / (1 - neutral)
        errors.append(np.sqrt(2 / np.pi * slope @ spread @ slope))
    return 100 * float(np.mean(errors))


def three_standard_errors(samples: int) -> float:
    """Of a mean absolute error over so many samples, relative to it: |N| scatters by √(π/2 − 1) of its mean."""
    return 3 * float(np.sqrt((np.pi / 2 - 1) / samples))


def test_the_corrected_index_finds_the_true_share() -> None:
    (line,) = summary(run_simulated([1000], draws=25, neutral=0.3, exact=False))
    error, raw_error, coverage = (float(str(line[name])) for name in ("error", "raw_error", "coverage"))
    assert error <= expected_error(0.3) * (1 + three_standard_errors(225))
    assert raw_error > 2 * error
    # 225 intervals: three standard errors of a coverage of 95 % are 4.4 points.
    assert coverage >= 90.6


@pytest.mark.soak
@pytest.mark.parametrize("neutral", [0.0, 0.3, 0.6])
def test_coverage_is_what_it_says(neutral: float) -> None:
    """Neutral texts are no opinions, and are misread: with 60 % of them 1.9 points of error become 4.3."""
    for line in summary(run_simulated([100, 300, 1000], draws=200, neutral=neutral, exact=False)):
        assert 93.0 <= float(str(line["coverage"])) <= 97.0, line
        if line["n"] == 1000:
            most = expected_error(neutral) * (1 + three_standard_errors(9 * 200))
            assert float(str(line["error"])) <= most, (line, most)


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
