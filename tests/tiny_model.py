"""A tiny sequence-classification model as `transformers` saves one, with a tokenizer that knows four words."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification
from transformers.utils.logging import disable_progress_bar

from store.records import LABELS

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "hyvä", "huono", "լավ", "վատ")
CONFIG = {
    "vocab_size": len(PIECES),
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 8,
}


def save_model(folder: Path, *, pieces: tuple[str, ...] = PIECES, **config: Any) -> Path:
    """Save one in `folder`, which is made, the same on every machine; `config` goes before `CONFIG`."""
    folder.mkdir(parents=True)
    torch.manual_seed(1)
    settings = BertConfig(**CONFIG | {"id2label": dict(enumerate(LABELS))} | config)
    model = BertForSequenceClassification(settings)
    torch.nn.init.normal_(model.classifier.weight, std=5.0)
    disable_progress_bar()  # type: ignore[no-untyped-call]  # it leaves a thread behind
    model.save_pretrained(folder)
    tokenizer = Tokenizer(
        models.WordLevel({piece: id_ for id_, piece in enumerate(pieces)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def change(file: Path, **values: Any) -> None:
    """Set `values` in a JSON object in `file`, which is made if it is not there."""
    before = json.loads(file.read_text("utf-8")) if file.exists() else {}
    file.write_text(json.dumps(before | values), "utf-8")
