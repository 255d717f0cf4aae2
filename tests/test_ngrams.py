"""Scores of word pieces: stable buckets, a fitted table, and tables that are refused."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from sentiment.folder import SHIPPED
from sentiment.ngrams import BITS, NgramTable, buckets
from sentiment.training.data import Row
from sentiment.training.ngrams import fit_table
from store.records import LABELS

GOOD = [
    "Todella hyvä palvelu",
    "hyvä ruoka ja mukava paikka",
    "Շատ լավ սպասարկում",
    "լավ տեղ է, շնորհակալ եմ",
]
BAD = [
    "Todella surkea palvelu",
    "surkea ruoka ja likainen paikka",
    "Շատ վատ սպասարկում",
    "վատ տեղ է, չեմ գնա էլ",
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))


def test_each_run_of_up_to_three_pieces_has_its_bucket_once() -> None:
    assert len(buckets([0, 7, 8, 2])) == 4 + 3 + 2
    assert len(buckets([5, 5, 5])) == 3
    assert np.array_equal(buckets([0, 7, 8, 2]), buckets([0, 7, 8, 2]))
    assert buckets([0, 7, 8, 2]).max() < 2**BITS


def test_the_fitted_table_tells_good_from_bad_in_texts_that_it_has_not_seen(tokenizer: Tokenizer) -> None:
    rows = [Row(text, LABELS.index("positive")) for text in GOOD]
    rows += [Row(text, LABELS.index("negative")) for text in BAD]
    table = NgramTable(fit_table(rows, tokenizer).numpy(), tokenizer)
    negative, _, positive = table(["HYVÄ pesula", "surkea pesula", "լավ ֆիլմ էր", "վատ ֆիլմ էր"]).T
    assert (positive > negative).tolist() == [True, False, True, False]


@pytest.mark.parametrize("scores", [np.zeros((10, 3)), np.full((2**BITS, 3), np.nan)])
def test_a_table_of_another_shape_or_without_numbers_is_refused(
    scores: np.ndarray, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    save_file({"scores": scores.astype(np.float16)}, tmp_path / "ngrams.safetensors")
    with pytest.raises(ValueError, match=r"ngrams\.safetensors"):
        NgramTable.load(tmp_path / "ngrams.safetensors", tokenizer)
