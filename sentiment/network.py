"""The network: a BERT encoder, the mean of its last hidden states, one linear layer to three logits."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from sentiment.folder import POOLING

LABELS = ("negative", "neutral", "positive")
HEAD_PREFIX = "head."


class SentimentModel(nn.Module):
    """Three-way classifier over the mean-pooled encoder (both bases were trained with mean pooling)."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.config.hidden_size, len(LABELS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Logits, shape (batch, 3), of token ids and their mask, each of shape (batch, tokens)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weight = attention_mask.unsqueeze(-1).to(hidden.dtype)
        logits: Tensor = self.head((hidden * weight).sum(1) / weight.sum(1))
        return logits

    def save(self, folder: Path, **config: Any) -> None:
        """Write config.json and model.safetensors (bf16), the encoder loadable by `AutoModel`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.encoder.config.update(
            {
                "architectures": ["BertModel"],
                "id2label": dict(enumerate(LABELS)),
                "label2id": {label: index for index, label in enumerate(LABELS)},
                "dtype": "bfloat16",
                "pooling": POOLING,
                **config,
            }
        )
        self.encoder.config.save_pretrained(folder)
        state = {
            name: value.to(torch.bfloat16).contiguous() for name, value in self.encoder.state_dict().items()
        }
        state |= {
            HEAD_PREFIX + name: value.to(torch.bfloat16) for name, value in self.head.state_dict().items()
        }
        save_file(state, folder / "model.safetensors", metadata={"format": "pt"})

    @classmethod
    def load(cls, folder: Path) -> "SentimentModel":
        """The model saved in `folder`, in float32, in evaluation mode.

        Raises ValueError if a tensor is missing, unexpected or of another shape.
        """
        config = BertConfig.from_pretrained(folder)
        model = cls(BertModel(config, add_pooling_layer=False))
        state = {
            name if name.startswith(HEAD_PREFIX) else f"encoder.{name}": value.float()
            for name, value in load_file(folder / "model.safetensors").items()
        }
        try:
            model.load_state_dict(state)
        except RuntimeError as error:
            raise ValueError(str(error).splitlines()[-1].strip()) from error
        return model.eval()
