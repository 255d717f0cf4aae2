"""The prevalence-shift protocol on a simulated reader: the corrected index finds the true share, its interval
holds it.
"""

import pytest

from benchmarks.prevalence import run_simulated, summary


def test_the_corrected_index_finds_the_true_share() -> None:
    (line,) = summary(run_simulated([1000], draws=25, neutral=0.3, exact=False))
    error, raw_error, coverage = (float(str(line[name])) for name in ("error", "raw_error", "coverage"))
    assert error <= 2.7
    assert raw_error > 2 * error
    # 225 intervals: three standard errors of a coverage of 95 % are 4.4 points.
    assert coverage >= 90.6


@pytest.mark.soak
@pytest.mark.parametrize("neutral", [0.0, 0.3, 0.6])
def test_coverage_is_what_it_says(neutral: float) -> None:
    for line in summary(run_simulated([100, 300, 1000], draws=200, neutral=neutral, exact=False)):
        assert 93.0 <= float(str(line["coverage"])) <= 97.0, line
        if line["n"] == 1000:
            assert float(str(line["error"])) <= 2.5 / (1 - neutral) ** 0.5, line
