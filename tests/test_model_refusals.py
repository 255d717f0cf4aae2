"""What is no model, half a model or a dangerous one is refused before anything in it runs (T35, T36)."""

import json
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from sentiment.folder import ACTIVATIONS, CARD, ENGLISH, NGRAMS, SHIPPED, WEIGHTS, open_folder
from sentiment.scorer import Scorer
from store.errors import ModelError


class Canary:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped model without its checksums, free to be damaged."""
    copy = tmp_path / "model"
    shutil.copytree(SHIPPED, copy)
    card = json.loads((copy / CARD).read_text())
    (copy / CARD).write_text(json.dumps(card | {"sha256": {}}))
    return copy


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        Scorer.load(path)
    assert caught.value.exit_code == 66
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_t35_pickled_weights_are_refused_unopened(folder: Path, tmp_path: Path) -> None:
    (folder / WEIGHTS).unlink()
    canary = tmp_path / "canary"
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Canary(canary)))
    assert "pickle" in refusal(folder)
    assert not canary.exists()


def test_t35_a_pickle_named_safetensors_is_refused(folder: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    (folder / WEIGHTS).write_bytes(pickle.dumps(Canary(canary)))
    assert "safetensors" in refusal(folder)
    assert not canary.exists()


def test_t35_a_header_of_two_to_the_63_is_refused(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", 2**63) + b"{}")
    assert "safetensors" in refusal(folder)


def test_t35_overlapping_tensors_are_refused(folder: Path) -> None:
    entry = {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}
    header = json.dumps({"a": entry, "b": entry | {"data_offsets": [2, 6]}}).encode()
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(header)) + header + bytes(6))
    assert "overlap" in refusal(folder)


@pytest.mark.parametrize(
    "header",
    [[1], {"a": 1}, {"a": {}}, {"a": {"data_offsets": [0, 3, 6]}},
     {"a": {"data_offsets": [0, 6]}, "b": {"data_offsets": "ab"}}],
)  # fmt: skip
def test_t35_a_header_that_lists_no_tensors_is_refused(folder: Path, header: object) -> None:
    text = json.dumps(header).encode()
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(text)) + text + bytes(6))
    assert "its header lists no tensors" in refusal(folder)


def test_t35_weights_that_are_no_numbers_are_refused(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    tensors["head.bias"] = torch.full_like(tensors["head.bias"], torch.nan)
    save_file(tensors, folder / WEIGHTS)
    assert "no finite numbers" in refusal(folder)


def test_t35_missing_tensors_are_refused(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    del tensors["head.bias"]
    save_file(tensors, folder / WEIGHTS)
    assert "do not fit" in refusal(folder)


@pytest.mark.parametrize(
    "labels",
    [{}, {"0": "LABEL_0", "1": "LABEL_1"}, {"0": "negative", "1": "positive"},
     ["negative", "neutral", "positive"], {"a": "negative", "b": "neutral", "c": "positive"}],
)  # fmt: skip
def test_t35_other_labels_are_refused(folder: Path, labels: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"id2label": labels}))
    assert "labels" in refusal(folder)


def test_t35_code_in_the_configuration_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "evil.Model"}}))
    assert "auto_map" in refusal(folder)


@pytest.mark.parametrize(
    "name", ["config.json", "tokenizer.json", WEIGHTS, f"{ENGLISH}/config.json", f"{ENGLISH}/{WEIGHTS}"]
)
def test_t36_an_absent_part_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert all(part in refusal(folder) for part in name.split("/"))


@pytest.mark.parametrize("name", ["tokenizer.json", WEIGHTS, ACTIVATIONS, NGRAMS, f"{ENGLISH}/{WEIGHTS}"])
def test_t36_a_half_copied_part_is_refused(tmp_path: Path, name: str) -> None:
    copy = tmp_path / "model"
    shutil.copytree(SHIPPED, copy)
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole[: len(whole) // 2])
    assert name in refusal(copy)


@pytest.mark.parametrize("key", ["sha256", "confusion", "languages", "window"])
def test_t36_a_card_of_another_shape_is_refused(folder: Path, key: str) -> None:
    # Written as 1e999, which JSON readers take for infinity.
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | {key: "?"}).replace('"?"', "1e999"))
    assert "is not a model card of arvio" in refusal(folder)


def test_a_card_that_weighs_an_absent_reader_of_english_is_refused(folder: Path) -> None:
    shutil.rmtree(folder / ENGLISH)
    assert ENGLISH in refusal(folder)


def test_t36_no_folder_is_refused(tmp_path: Path) -> None:
    assert "no model folder" in refusal(tmp_path / "none")


def test_the_shipped_folder_is_whole_and_small() -> None:
    folder = open_folder(SHIPPED)
    assert set(folder.card.sha256) >= {"config.json", "tokenizer.json", WEIGHTS, ACTIVATIONS, NGRAMS}
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*.safetensors")) < 90_000_000
    assert {"fi", "hy", "hy-Latn"} <= set(folder.card.languages)


def test_t36_what_cannot_be_looked_at_is_refused(tmp_path: Path) -> None:
    # As in a folder that may not be searched, but for root too.
    assert "cannot be read (File name too long); check its permissions or give another" in refusal(
        tmp_path / ("x" * 300)
    )
