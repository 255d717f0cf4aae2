"""The training code: what it reads, what it learns from, and that a broken-off run goes on as if it had not been."""

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import Unigram, WordPiece
from tokenizers.pre_tokenizers import BertPreTokenizer, Metaspace
from tokenizers.processors import TemplateProcessing
from torch import Tensor
from transformers import BertConfig, BertModel

from sentiment.folder import Calibration
from sentiment.network import SentimentModel
from sentiment.preparation import prepare, respell
from sentiment.training import train as training
from sentiment.training.base import BLOCK_BYTES, dequantise
from sentiment.training.calibrate import fit
from sentiment.training.data import (
    CORPUS,
    LabelledSet,
    Row,
    alter,
    corpus_split,
    read_labelled,
    read_table,
    shuffled_batches,
)
from sentiment.training.glossary import TABLE, switch
from sentiment.training.narrow import mlp, narrow
from sentiment.training.prepare import prepare_base
from sentiment.training.recipe import ENGLISH_READER, SHIPPED, Recipe, Stage, read_recipe
from sentiment.training.vocabulary import choose_pieces, count_pieces, cut_embeddings, cut_tokenizer
from tests.texts import MIXED

PIECES = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    *sorted({char for text in MIXED for char in text if char != " "}),
]


def tokenizer() -> Tokenizer:
    made = Tokenizer(Unigram([(piece, -float(index)) for index, piece in enumerate(PIECES)], unk_id=3))
    made.pre_tokenizer = Metaspace()
    made.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return made


def tiny_base(folder: Path) -> Path:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(PIECES),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        pad_token_id=1,
    )
    SentimentModel(BertModel(config, add_pooling_layer=False)).save(folder)
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def tiny_data(folder: Path) -> Path:
    folder.mkdir()
    lines = ["text\tlabel\tsplit"]
    for index, text in enumerate(MIXED * 4):
        lines.append(f"{text} {index}\t{('negative', 'neutral', 'positive')[index % 3]}\ttrain")
    (folder / "rows.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


RECIPE = Recipe(
    "tiny",
    (Stage("one", 1e-3, (LabelledSet("rows.tsv", repeat=2),), tokens=128, keep={"prepared": 0.5}),),
    vocabulary=100,
)


def test_a_four_bit_block_is_scale_times_nibble_less_eight() -> None:
    block = np.float16(0.5).tobytes() + bytes([0x0F] + [0x88] * 15)
    assert len(block) == BLOCK_BYTES
    values = dequantise(block, 32)
    assert values[0] == 3.5
    assert values[16] == -4.0
    assert not values[1:16].any()
    assert not values[17:].any()


def test_the_cut_vocabulary_keeps_specials_armenian_letters_and_the_most_used() -> None:
    vocabulary = [
        ["<s>", 0],
        ["<pad>", 0],
        ["</s>", 0],
        ["<unk>", 0],
        ["▁hyvä", -1],
        ["▁դեմ", -9],
        ["漢字", -2],
        ["▁bien", -1],
        ["x", -3],
        ["<mask>", 0],
    ]
    specials = (0, 1, 2, 3, 9)
    layout: dict[str, Any] = {
        "added_tokens": [{"id": index, "content": vocabulary[index][0]} for index in specials],
        "post_processor": {"special_tokens": {"<s>": {"ids": [0]}, "<mask>": {"ids": [9]}}},
        "model": {"vocab": vocabulary},
    }
    keep = choose_pieces(layout, Counter({4: 50, 7: 2, 6: 1}), 8)
    assert keep == [0, 1, 2, 3, 4, 5, 8, 9]
    cut = cut_tokenizer(layout, keep)
    assert cut["added_tokens"][-1] == {"id": 7, "content": "<mask>"}
    assert cut["post_processor"]["special_tokens"]["<mask>"] == {"ids": [7]}
    assert cut["model"]["vocab"] == [vocabulary[index] for index in keep]
    assert layout["added_tokens"][-1]["id"] == 9


def test_a_cut_tokenizer_of_word_pieces_reads_with_what_is_left() -> None:
    words = [
        "[PAD]",
        "[unused0]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "good",
        "bad",
        "##ly",
        "##l",
        "##y",
        "!",
        "b",
        "漢",
    ]
    whole = Tokenizer(WordPiece(dict(zip(words, range(len(words)), strict=True)), unk_token="[UNK]"))
    whole.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    whole.pre_tokenizer = BertPreTokenizer()
    whole.post_processor = TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 3), ("[SEP]", 4)])
    layout = json.loads(whole.to_str())
    counts = count_pieces(whole, ["good", "good", "bad", "good !", "badly"])
    assert counts[5] == 3
    keep = choose_pieces(layout, counts, 9)
    assert [words[index] for index in keep] == [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "good",
        "##l",
        "##y",
        "!",
        "b",
    ]
    cut = Tokenizer.from_str(json.dumps(cut_tokenizer(layout, keep)))
    assert cut.encode("good !").tokens == ["[CLS]", "good", "!", "[SEP]"]
    assert cut.encode("goodly").tokens == ["[CLS]", "good", "##l", "##y", "[SEP]"]
    assert cut.encode("good").ids == [2, 4, 3]


def test_embedding_rows_follow_their_pieces(tmp_path: Path) -> None:
    model = SentimentModel.load(tiny_base(tmp_path)).encoder
    before = model.embeddings.word_embeddings.weight.detach().clone()
    cut_embeddings(model, [0, 1, 2, 3, 7])
    assert torch.equal(model.embeddings.word_embeddings.weight, before[[0, 1, 2, 3, 7]])
    assert model.config.vocab_size == 5


def test_two_class_rows_say_nothing_of_neutral() -> None:
    logits = torch.tensor([[0.3, 5.0, 0.1]], requires_grad=True)
    training.label_loss(logits, [Row("", 0, two_class=True)]).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad[0, 1] == 0
    assert logits.grad[0, 0] < 0 < logits.grad[0, 2]


def test_a_row_of_weight_two_counts_twice() -> None:
    logits = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    one, other = Row("", 0), Row("", 0)
    alone = [training.label_loss(logits[[index]], [one]) for index in (0, 1)]
    both = training.label_loss(logits, [replace(one, weight=2.0), other])
    assert torch.isclose(both, (2 * alone[0] + alone[1]) / 3)


def test_batches_hold_every_row_once_within_the_budget() -> None:
    lengths = [random.Random(3).randint(2, 60) for _ in range(500)]
    batches = shuffled_batches(lengths, 256, random.Random(4))
    assert sorted(index for batch in batches for index in batch) == list(range(500))
    assert all(len(batch) * max(lengths[index] for index in batch) <= 256 for batch in batches)


def test_neurons_that_the_others_replace_go_without_a_trace(tmp_path: Path) -> None:
    model = SentimentModel.load(tiny_base(tmp_path / "base"))
    inner, _ = mlp(model.encoder.encoder.layer[0])
    with torch.no_grad():
        inner.weight[0:8] = 0  # eight that never change
        inner.bias[0:8] = torch.linspace(-1, 3, 8)
        inner.weight[8:16] = inner.weight[16:24]  # eight that others repeat
        inner.bias[8:16] = inner.bias[16:24]
    batches = [training.pad([[0, *range(4, 9 + each), 2] for each in range(8)])]
    before = model(*batches[0])
    lost = narrow(model, batches, 16)
    assert lost == pytest.approx([0], abs=1e-3)
    assert torch.allclose(model(*batches[0]), before, atol=1e-3)
    model.save(tmp_path / "saved")
    saved = SentimentModel.load(tmp_path / "saved")
    assert saved.encoder.config.intermediate_size == 16
    assert torch.allclose(saved(*batches[0]), before, atol=2e-2)


def test_the_weights_that_stay_make_up_for_the_neurons_that_go(tmp_path: Path) -> None:
    model = SentimentModel.load(tiny_base(tmp_path / "base"))
    generator = torch.Generator().manual_seed(5)
    batches = [
        training.pad([torch.randint(4, len(PIECES), (12,), generator=generator).tolist() for _ in range(200)])
    ]
    _, outer = mlp(model.encoder.encoder.layer[0])
    found: list[Tensor] = []
    handle = outer.register_forward_pre_hook(lambda _, args: found.append(args[0].flatten(0, 1).detach()))
    model(*batches[0])
    handle.remove()
    wanted = found[0] @ outer.weight.T
    variance = wanted.var(0).sum()
    weakest = (found[0].var(0) * outer.weight.square().sum(0)).argsort()[:16]
    without = found[0].index_fill(1, weakest, 0) @ outer.weight.T
    (lost,) = narrow(model, batches, 16)
    assert 0 < lost < 0.5 * ((wanted - without).var(0).sum() / variance).item()


def test_a_small_set_counts_for_the_cut_as_much_as_a_large_one() -> None:
    small, large = [[0] * 5 for _ in range(100)], [[1] * 10 for _ in range(5_000)]
    sample = training.sample_evenly([small, large], 800, random.Random(3))
    assert Counter(token for each in sample for token in each) == {0: 400, 1: 400}
    assert training.sample_evenly([small[:3], large], 800, random.Random(3))[:3] == small[:3]


@pytest.mark.parametrize("learn", [False, True])
def test_embeddings_learn_only_where_the_stage_says_so(tmp_path: Path, learn: bool) -> None:
    base, data = tiny_base(tmp_path / "base"), tiny_data(tmp_path / "data")
    stage = Stage("one", 1e-3, RECIPE.stages[0].sets, tokens=128, embeddings=learn)
    trained = training.train(replace(RECIPE, stages=(stage,)), base, data, tmp_path / "out")
    before, after = (
        model.encoder.embeddings.word_embeddings.weight for model in (SentimentModel.load(base), trained)
    )
    assert torch.equal(before, after) is not learn


def test_a_packaged_model_is_prepared_with_its_head_and_a_pretrained_encoder_with_a_new_one(
    tmp_path: Path,
) -> None:
    base, data = tiny_base(tmp_path / "base"), tiny_data(tmp_path / "data")
    special = tokenizer()
    special.add_special_tokens(PIECES[:4])
    layout = json.loads(special.to_str())
    layout["model"]["vocab"][-1][0] = "漢字"
    (base / "tokenizer.json").write_text(json.dumps(layout), "utf-8")
    recipe = replace(RECIPE, core_folders=())
    prepare_base(recipe, str(base), base / "tokenizer.json", data, tmp_path / "out")
    whole, cut = SentimentModel.load(base), SentimentModel.load(tmp_path / "out")
    assert torch.equal(whole.head.weight, cut.head.weight)
    pieces, kept = (Tokenizer.from_file(str(each / "tokenizer.json")) for each in (base, tmp_path / "out"))
    assert (
        kept.get_vocab_size()
        == cut.encoder.config.vocab_size
        == len(cut.encoder.embeddings.word_embeddings.weight)
        == len(PIECES) - 1
    )
    for piece, index in kept.get_vocab().items():
        row = whole.encoder.embeddings.word_embeddings.weight[pieces.token_to_id(piece)]
        assert torch.equal(cut.encoder.embeddings.word_embeddings.weight[index], row)
    whole.encoder.config.update({"pooling": None})
    whole.encoder.config.save_pretrained(tmp_path / "pretrained")
    save_file(whole.encoder.state_dict(), tmp_path / "pretrained" / "model.safetensors", {"format": "pt"})
    prepare_base(recipe, str(tmp_path / "pretrained"), base / "tokenizer.json", data, tmp_path / "new")
    new = SentimentModel.load(tmp_path / "new")
    assert torch.equal(
        cut.encoder.embeddings.word_embeddings.weight, new.encoder.embeddings.word_embeddings.weight
    )
    assert not torch.equal(cut.head.weight, new.head.weight)


def test_only_embeddings_of_armenian_pieces_learn(tmp_path: Path) -> None:
    base, data = tiny_base(tmp_path / "base"), tiny_data(tmp_path / "data")
    stage = Stage("pieces", 1e-3, (LabelledSet("rows.tsv"),), tokens=128, pieces_rate=1e-2)
    trained = training.train(replace(RECIPE, stages=(stage,)), base, data, tmp_path / "out")
    rows = trained.encoder.embeddings.word_embeddings.weight
    change = (rows - SentimentModel.load(base).encoder.embeddings.word_embeddings.weight).abs().amax(1)
    armenian = torch.tensor(["\u0531" <= piece <= "\u0587" for piece in PIECES])
    assert change[armenian].all()
    assert not change[~armenian].any()


def test_a_run_killed_after_its_cut_goes_on_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, data = tiny_base(tmp_path / "base"), tiny_data(tmp_path / "data")
    second = Stage("two", 1e-3, (LabelledSet("rows.tsv"),), tokens=128, neurons=12, pieces_rate=1e-2)
    recipe = replace(RECIPE, stages=(*RECIPE.stages, second))
    whole = training.train(recipe, base, data, tmp_path / "whole")
    assert whole.encoder.config.intermediate_size == 12
    monkeypatch.setattr(training, "CHECKPOINT_STEPS", 3)
    for after in (1, 5):  # in the cut's own stage: before and after its first checkpoint
        folder = tmp_path / f"broken{after}"
        training.train(recipe, base, data, folder, until=1)
        with monkeypatch.context() as patched:
            patched.setattr(torch.optim.AdamW, "step", _dying(torch.optim.AdamW.step, after))
            with pytest.raises(KeyboardInterrupt):
                training.train(recipe, base, data, folder)
        resumed = training.train(recipe, base, data, folder).state_dict()
        for name, value in whole.state_dict().items():
            assert torch.allclose(value, resumed[name], atol=1e-6), name


def test_a_killed_run_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base, data = tiny_base(tmp_path / "base"), tiny_data(tmp_path / "data")
    whole = training.train(RECIPE, base, data, tmp_path / "whole").state_dict()
    monkeypatch.setattr(training, "CHECKPOINT_STEPS", 5)
    with monkeypatch.context() as patched:
        patched.setattr(torch.optim.AdamW, "step", _dying(torch.optim.AdamW.step, 8))
        with pytest.raises(KeyboardInterrupt):
            training.train(RECIPE, base, data, tmp_path / "broken")
    assert json.loads((tmp_path / "broken" / "progress.json").read_text()) == {"stage": 0, "step": 5}
    resumed = training.train(RECIPE, base, data, tmp_path / "broken").state_dict()
    assert all(torch.allclose(whole[name], resumed[name], atol=1e-6) for name in whole)


def _dying(step: object, after: int) -> object:
    count = iter(range(after))

    def stepping(*arguments: object, **options: object) -> object:
        if next(count, None) is None:
            raise KeyboardInterrupt
        return step(*arguments, **options)  # type: ignore[operator]

    return stepping


def test_switched_text_is_armenian_but_for_users_tags_and_links() -> None:
    english = "Thank you @user, the delivery was fast and Posti is great! #posti http"
    armenian = latin = 0
    for seed in range(50):
        switched = switch(english, random.Random(seed))
        assert switched == switch(english, random.Random(seed))
        kept = switched.replace("@user", "").replace("#posti", "").replace("http", "")
        assert len(switched) - len(kept) == len("@user#postihttp")
        armenian += sum("\u0531" <= char <= "\u0587" for char in kept)
        latin += sum(char.isascii() and char.isalpha() for char in kept)
    assert armenian > 3 * latin


def test_a_name_that_the_glossary_lacks_is_mostly_spelt_in_armenian_letters() -> None:
    found = Counter(switch("Rexley's xyzzy", random.Random(seed)) for seed in range(200))
    assert set(found) == {"Ռեքսլեիի xyzzy", "Rexley's xyzzy"}
    assert found["Ռեքսլեիի xyzzy"] > 100
    assert switch("REXLEY rexley", random.Random(1)) == "REXLEY rexley"


def test_a_set_phrase_is_rendered_as_a_whole() -> None:
    found = {switch("I can't wait", random.Random(seed)) for seed in range(100)}
    assert any("անհամբեր սպասում եմ" in text for text in found)


def test_an_article_goes_and_words_that_the_glossary_lacks_stay() -> None:
    assert switch("the xyzzy of a plugh", random.Random(1)) == "xyzzy plugh"
    assert switch("", random.Random(1)) == ""
    assert switch("the", random.Random(1)) == ""


def test_finnish_and_armenian_are_glossed_and_english_returns_from_armenian() -> None:
    rng = random.Random(1)
    finnish = {"language": "fi", "text": "Palvelu oli huonoa", "script": "latn"}
    assert alter(finnish, "text", "glossed", rng) == "The service was bad"
    armenian = {"language": "hy", "text": "Shat vat er", "script": "latn"}
    assert alter(armenian, "text", "glossed", rng) == "was Very bad"
    english = {"language": "en", "text": "The delivery was very bad"}
    assert alter(english, "text", "glossed", rng) == english["text"]
    returned = {alter(english, "text", "returned", random.Random(seed)) for seed in range(20)}
    assert all(text.isascii() for text in returned)
    assert len(returned) > 1
    assert any("bad" in text for text in returned)


def test_the_calibration_weighs_the_gloss_by_what_it_tells() -> None:
    rng = np.random.default_rng(3)
    true = rng.integers(0, 3, 3000)
    told = np.eye(3)[true] * 2

    def calibration(network: float, gloss: float) -> Calibration:
        evidence = rng.normal(size=(len(true), 3, 3))
        evidence[:, 0] += network * told
        evidence[:, 2] = gloss * (told + rng.normal(size=told.shape))
        return fit([(evidence.astype(np.float32), np.ones(len(true)), true)])

    assert calibration(network=0.2, gloss=1).gloss > 1.5 * calibration(network=2, gloss=1).gloss > 0
    assert calibration(network=1, gloss=0).gloss == 0


def test_the_calibration_trusts_long_texts_less_where_they_are_read_worse() -> None:
    rng = np.random.default_rng(4)
    true = 2 * rng.integers(0, 2, 4000)
    lengths = np.tile([0.25, 4.0], 2000)

    def calibration(noise: NDArray[np.float64]) -> Calibration:
        evidence = np.zeros((len(true), 3, 3))
        evidence[:, 0] = np.eye(3)[true] + noise[:, None] * rng.normal(size=(len(true), 3))
        return fit([(evidence.astype(np.float32), lengths, true)])

    assert calibration(np.where(lengths > 1, 1.2, 0.6)).length > 0.2
    assert abs(calibration(np.full(len(true), 0.9)).length) < 0.1
    assert calibration(np.where(lengths > 1, 0.6, 1.2)).length < -0.2


def test_the_glossary_is_sorted_english_with_armenian_renderings_in_armenian_letters() -> None:
    rows = list(read_table(TABLE))
    english = [row["english"] for row in rows]
    assert english == sorted(set(english))
    assert all(row["english"] == row["english"].lower().strip() for row in rows)
    renderings = [text for row in rows for text in row["armenian"].split("|")]
    assert all(text and text == text.strip() for text in renderings)
    assert not [text for text in renderings if any(char.isascii() and char.isalpha() for char in text)]


def test_a_set_may_be_several_files_and_one_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    data = tiny_data(tmp_path / "data")
    one = read_labelled(data, LabelledSet("rows.tsv"), random.Random(1))
    (data / "rows_more.tsv").write_text((data / "rows.tsv").read_text("utf-8"), "utf-8")
    both = read_labelled(data, LabelledSet("rows*.tsv"), random.Random(1))
    assert one
    assert both == one * 2
    with pytest.raises(FileNotFoundError, match="more\\.tsv"):
        read_labelled(data, LabelledSet("more.tsv"), random.Random(1))


def test_no_corpus_text_is_in_both_parts_and_none_stands_twice() -> None:
    texts = [
        row["text"] for path in sorted(CORPUS.glob("*.tsv")) for row in read_table(path) if "text" in row
    ]
    folded = Counter(" ".join(text.split()).casefold() for text in texts)
    assert [text for text, count in folded.items() if count > 1] == []
    held_out = sum(corpus_split(text) == "test" for text in texts)
    assert 0.17 < held_out / len(texts) < 0.23


@pytest.mark.parametrize("file", ["fi.tsv", "ru_train.tsv", "sv_train.tsv", "en_train.tsv", "hy_chat.tsv"])
def test_our_own_rows_train_as_they_stand_and_the_held_out_fifth_never(tmp_path: Path, file: str) -> None:
    rows = list(read_table(CORPUS / file))
    kept = [row for row in rows if corpus_split(row["text"]) == "train"]
    trained = [row.text for row in read_labelled(tmp_path, LabelledSet(f"corpus/{file}"), random.Random(0))]
    assert len(rows) > len(kept) == len(trained)
    for row, text in zip(kept, trained, strict=True):
        language = f"hy-{row['script'].title()}" if file.startswith("hy") else ""
        assert text == respell(prepare(row["text"]), language)


@pytest.mark.parametrize("path", [SHIPPED, ENGLISH_READER])
def test_the_shipped_recipes_name_no_set_that_may_not_feed_shipped_weights(path: Path) -> None:
    recipe = read_recipe(path)
    files = {each.file for stage in recipe.stages for each in stage.sets}
    files |= {each.file for each in recipe.ngram_sets}
    forbidden = (
        "rusentiment",
        "us_airline",
        "umsab_english",
        "estonian_valence",
        "emotion_translated",
        "_dev.tsv",
    )
    assert not [file for file in files if any(word in file for word in forbidden)]
