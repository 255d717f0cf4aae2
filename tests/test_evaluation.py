"""`arvio model evaluate`, and the figures that it prints."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sentiment.evaluation import read_labelled_file
from sentiment.metrics import chance_calibration_error, evaluate, expected_calibration_error
from store.errors import UsageError

LABELLED = """text\tlabel
Todella ystävällinen palvelu, kiitos Minnalle!\tpositive
Aivan surkea asiakaspalvelu, en osta enää ikinä.\tnegative
Kauppa on auki arkisin kello 9–18.\tneutral
Հիանալի սպասարկում է, շատ գոհ եմ։\tpositive
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "model", "evaluate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def write(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_a_labelled_file_gets_its_figures(tmp_path: Path) -> None:
    done = run(write(tmp_path / "mine.tsv", LABELLED), "--quiet")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("4 texts: accuracy 1.000, macro-F1 1.000 [")
    assert "3 opinions: macro-F1 1.000, AUC 1.000, expected calibration error 0." in done.stdout
    assert not done.stderr


def test_json_is_valid_where_figures_are_missing_and_texts_would_stay_unscored(tmp_path: Path) -> None:
    text = "text\tlabel\nIch war gestern mit meiner Schwester im neuen Laden am Bahnhof.\tneutral\n"
    done = run(write(tmp_path / "german.tsv.gz", text), "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout, parse_constant=pytest.fail)
    assert (figures["n"], figures["opinions"], figures["unscored"]) == (1, 0, 1)
    assert figures["auc"] is figures["ece"] is figures["opinion_macro_f1"] is None


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("empty.tsv", "", "needs a header line"),
        ("bare.tsv", "text\tlabel\n", "holds no rows"),
        ("other.tsv", "text\tlabel\nHyvä\tpositive\n\nHuono\tbad\n", "line 4: label 'bad' is none of"),
        ("short.tsv", "text\tlabel\nHyvä\n", "line 2: label '' is none of"),
    ],
)
def test_a_file_that_cannot_be_taken_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    path = write(tmp_path / name, text)
    with pytest.raises(UsageError, match=words) as refused:
        read_labelled_file(path)
    assert str(path) in str(refused.value)


def test_broken_and_foreign_files_are_refused(tmp_path: Path) -> None:
    packed = gzip.compress(LABELLED.encode())
    for name, content in (("cut.tsv.gz", packed[:-9]), ("plain.tsv.gz", LABELLED.encode())):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match="no whole gzip file"):
            read_labelled_file(tmp_path / name)
    (tmp_path / "packed.tsv").write_bytes(packed)
    with pytest.raises(UsageError, match="not UTF-8"):
        read_labelled_file(tmp_path / "packed.tsv")
    done = run(tmp_path / "nothing.tsv")
    assert done.returncode == 2
    assert "nothing.tsv: cannot be read" in done.stderr


def test_the_calibration_error_by_chance_is_that_of_labels_drawn_from_the_readings() -> None:
    rng = np.random.default_rng(5)
    few, many = rng.random(60), rng.random(60_000)
    chance = chance_calibration_error(few, rng)
    shown = [expected_calibration_error(rng.random(60) < few, few) for _ in range(2_000)]
    assert chance == pytest.approx(np.mean(shown), abs=0.005)
    assert chance > 0.08
    assert chance_calibration_error(many, rng, 20) < 0.01


def test_opinions_of_one_kind_alone_are_judged_by_that_kind() -> None:
    figure = evaluate(np.array([2, 2, 1]), np.array([[0.1, 0.2, 0.7], [0.1, 0.3, 0.6], [0.1, 0.8, 0.1]]))
    assert figure.opinion_macro_f1 == 1.0
    assert np.isnan(figure.auc)
