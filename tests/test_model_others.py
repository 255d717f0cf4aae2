"""Another's model with `--model`: `transformers`' own kinds are read, and refused in one sentence before they read."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from sentiment.folder import CARD, CONFIG, TOKENIZER, WEIGHTS, open_folder
from sentiment.scorer import Scorer
from store.errors import ModelError
from tests.tiny_model import PIECES, change, save_model

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_model(tmp_path / "tunne")


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        Scorer.load(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_it_is_read_without_a_word_of_its_library(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "predict", "--language", "fi", "--model", str(folder)],
        input="hyvä\n",
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert (done.stderr, len(done.stdout.splitlines())) == ("", 1)


@pytest.mark.parametrize("name", ["classifier.bias", "bert.embeddings.word_embeddings.weight"])
def test_weights_that_are_missing_are_not_drawn_at_random(folder: Path, name: str) -> None:
    tensors = load_file(folder / WEIGHTS)
    del tensors[name]
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    assert f"({name} is missing)" in refusal(folder)


def test_a_text_is_cut_into_windows_that_the_network_has_positions_for(tmp_path: Path) -> None:
    scorer = Scorer.load(save_model(tmp_path / "short", max_position_embeddings=64))
    (reading,) = scorer.read(["hyvä " * 300], ["fi"])
    assert not reading.truncated


def test_a_tokenizer_of_another_vocabulary_is_refused(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "tunne", pieces=(*PIECES, "parempi"))
    assert "tokenizer.json has pieces up to 8, the vocabulary ends before 8" in refusal(folder)


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ({"model_type": "nonsense"}, "nonsense"),
        ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, "optimum"),
        ({"hidden_size": "x"}, "hidden_size"),
        ({"hidden_size": 16}, "do not fit"),
        ({"pad_token": ["x"]}, "do not fit"),
        ({"id2label": {"0": "negative", "1": "positive"}}, "labels are negative, positive"),
        ({"id2label": {str(stars): f"{stars} stars" for stars in range(5)}}, "labels are 0 stars"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_refused(folder: Path, setting: Any, word: str) -> None:
    change(folder / CONFIG, **setting)
    assert word in refusal(folder)


def test_no_token_for_padding_is_none(folder: Path) -> None:
    change(folder / CONFIG, pad_token_id=None)
    Scorer.load(folder)


def test_the_checksum_is_of_all_that_decides_a_score(folder: Path) -> None:
    before = open_folder(folder).sha256
    change(folder / CONFIG, id2label={"0": "positive", "1": "neutral", "2": "negative"})
    turned = open_folder(folder).sha256
    pieces = json.loads((folder / TOKENIZER).read_text("utf-8"))
    change(folder / TOKENIZER, model=pieces["model"] | {"unk_token": "hyvä"})
    respelt = open_folder(folder).sha256
    change(folder / CARD, name="tunne")
    assert len({before, turned, respelt, open_folder(folder).sha256}) == 4
    assert open_folder(folder.rename(folder.with_name("tunne2"))).identity.startswith("tunne@")


@pytest.mark.parametrize(
    "card",
    [
        {"window": 0},
        {"window": 2},
        {"window": "256"},
        {"max_windows": 0},
        {"languages": "fi"},
        {"languages": ["fi", 1]},
        {"name": None},
        {"confusion": {"fi": {"reviews": [[1, 2], [3, 4]]}}},
        {"confusion": {"fi": {"reviews": [[1, 2, 3], [4, 5, 6], [7, 8, "?"]]}}},
    ],
)
def test_a_card_that_would_fail_later_is_refused(folder: Path, card: Any) -> None:
    change(folder / CARD, **{"name": "tunne"} | card)
    assert "is not a model card of arvio" in refusal(folder)


def test_attention_that_is_fetched_as_code_is_refused(folder: Path) -> None:
    change(folder / CONFIG, _attn_implementation="kernels-community/flash-attn2")
    assert "attn_implementation" in refusal(folder)
