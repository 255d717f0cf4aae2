"""The network in 8-bit integers: static activation scales, no padding, oneDNN's fused linear kernels.

A text reads the same in any batch, since no scale depends on the batch. Each channel of the activations is shifted to
the middle of its range (Wei et al., EMNLP 2023, "Outlier Suppression+"), then difficulty moves from activations to
weights channel by channel as in SmoothQuant (Xiao et al., ICML 2023); weights have one scale an output channel. The
ranges are measured once, when the model is packaged, and lie beside the weights.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

ZERO = 128
"""Zero point of activations. oneDNN has fast kernels for unsigned activations alone; signed ones take seconds."""
SMOOTHING = 0.6
"""SmoothQuant's α, the share of the difficulty that weights take; up to 0.8 texts are read as well, below 0.6 worse."""
OUTLIERS = 8
"""Channels inside the MLP that stay in floats: one or two of 1,536 reach ten times what all the others do."""
ROWS = 128
"""Tokens are filled up to a multiple of this: oneDNN keeps a kernel for each size met, up to 1,024."""
GELU_MINIMUM = -0.17
"""min over x of x·Φ(x)."""

Tensors = Mapping[str, Tensor]


def weight_levels() -> int | None:
    """Weights in integers of ± how much this processor multiplies fast; None where it or torch's build cannot.

    VNNI adds products of bytes in 32 bits. AVX2 adds each pair in 16 first, which two full bytes overflow: its weights
    have 7 bits (2 · 255 · 63 < 2¹⁵).
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return None
    if torch.cpu._is_vnni_supported():
        return 127
    return 63 if torch.cpu._is_avx2_supported() else None


class _Linear:
    """One linear layer: bytes in, signed weights in bytes, bias and activation fused."""

    def __init__(self, weight: Tensor, bias: Tensor, scale: float, zero: int, levels: int) -> None:
        self._scales = (weight.abs().amax(1) / levels).clamp(min=1e-8)
        quantised = (weight / self._scales[:, None]).round().to(torch.int8)
        self._weight = torch.ops.onednn.qlinear_prepack(quantised, None)
        self._zeros = torch.zeros(len(bias), dtype=torch.long)
        self._bias = bias
        self._scale = scale
        self._zero = zero

    def __call__(self, x: Tensor) -> Tensor:
        """linear(x), in floats."""
        return self._apply(x, 1.0, 0, torch.float32, "none", "")

    def gelu(self, x: Tensor, scale: float, zero: int) -> Tensor:
        """gelu(linear(x)) as bytes."""
        return self._apply(x, scale, zero, torch.uint8, "gelu", "none")

    def _apply(self, x: Tensor, scale: float, zero: int, dtype: torch.dtype, kind: str, how: str) -> Tensor:
        result: Tensor = torch.ops.onednn.qlinear_pointwise(
            *(x, self._scale, self._zero, self._weight, self._scales, self._zeros, self._bias),
            *(scale, zero, dtype, kind, [], how),
        )
        return result


class _SmoothLinear:
    """A linear layer after its quantiser: one factor and one shift a channel, which weights and bias take back.

    `ranges`, shape (2, inputs), holds the lowest and the highest activation of each channel.
    """

    def __init__(self, weight: Tensor, bias: Tensor, ranges: Tensor, levels: int) -> None:
        lowest, highest = ranges.float()
        centre, reach = (highest + lowest) / 2, ((highest - lowest) / 2).clamp(min=1e-5)
        smooth = reach**SMOOTHING / weight.abs().amax(0).clamp(min=1e-5) ** (1 - SMOOTHING)
        scale = float((reach / smooth).max() / 127)
        self._factor = 1 / (smooth * scale)
        self._shift = ZERO - centre * self._factor + 0.5  # bytes are cut off, not rounded
        self.linear = _Linear(weight * smooth, bias + weight @ centre, scale, ZERO, levels)

    def quantise(self, x: Tensor) -> Tensor:
        """Activations to bytes."""
        result: Tensor = torch.addcmul(self._shift, x, self._factor).clamp_(0, 255).to(torch.uint8)
        return result


class _Norm:
    def __init__(self, tensors: Tensors, name: str, eps: float) -> None:
        self._weight, self._bias = (tensors[f"{name}.{part}"].float() for part in ("weight", "bias"))
        self._eps = eps

    def __call__(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, (x.shape[-1],), self._weight, self._bias, self._eps)


class _Layer:
    def __init__(
        self, tensors: Tensors, number: int, ranges: Tensors, config: Mapping[str, Any], levels: int
    ) -> None:
        name = f"encoder.layer.{number}"

        def parameters(part: str) -> tuple[Tensor, Tensor]:
            return tensors[f"{name}.{part}.weight"].float(), tensors[f"{name}.{part}.bias"].float()

        projections = [parameters(f"attention.self.{part}") for part in ("query", "key", "value")]
        weight, bias = (torch.cat(parts) for parts in zip(*projections, strict=True))
        self._heads = int(config["num_attention_heads"])
        self._qkv = _SmoothLinear(weight, bias, ranges[f"{number}.attention"], levels)
        self._out = _SmoothLinear(*parameters("attention.output.dense"), ranges[f"{number}.context"], levels)
        weight, bias = parameters("intermediate.dense")
        back_weight, back_bias = parameters("output.dense")
        middle = ranges[f"{number}.middle"].float().abs().amax(0)
        outliers = middle.topk(OUTLIERS).indices
        self._rare = weight[outliers], bias[outliers]
        self._rare_back = back_weight[:, outliers].T.contiguous()
        common = torch.ones_like(middle).index_fill(0, outliers, 0)
        self._feed = _SmoothLinear(weight, bias, ranges[f"{number}.feed"], levels)
        self._scale = (float((middle * common).max()) - GELU_MINIMUM) / 255
        self._zero = round(-GELU_MINIMUM / self._scale)
        self._back = _Linear(back_weight * common, back_bias, self._scale, self._zero, levels)
        eps = config["layer_norm_eps"]
        self._norm_attention = _Norm(tensors, f"{name}.attention.output.LayerNorm", eps)
        self._norm_output = _Norm(tensors, f"{name}.output.LayerNorm", eps)

    def __call__(self, x: Tensor, groups: Sequence[tuple[int, int, int]]) -> Tensor:
        context = self._attend(self._qkv.linear(self._qkv.quantise(x)), groups)
        x = self._norm_attention(self._out.linear(self._out.quantise(context)).add_(x))
        rare = functional.gelu(functional.linear(x, *self._rare))
        middle = self._feed.linear.gelu(self._feed.quantise(x), self._scale, self._zero)
        return self._norm_output(self._back(middle).add_(x).addmm_(rare, self._rare_back))

    def _attend(self, qkv: Tensor, groups: Sequence[tuple[int, int, int]]) -> Tensor:
        """Self-attention within each sequence. qkv (tokens, 3·hidden) → (tokens, hidden)."""
        width = qkv.shape[1] // 3
        context = torch.zeros((len(qkv), width), dtype=qkv.dtype)
        for start, count, length in groups:
            end = start + count * length
            shape = (count, length, 3, self._heads, width // self._heads)
            query, key, value = qkv[start:end].view(shape).permute(2, 0, 3, 1, 4)
            attended = functional.scaled_dot_product_attention(query, key, value)
            context[start:end] = attended.transpose(1, 2).reshape(-1, width)
        return context


class Int8Network:
    """Encoder, mean pooling and head, from the tensors of a model folder and the ranges of its activations."""

    def __init__(self, tensors: Tensors, ranges: Tensors, config: Mapping[str, Any], levels: int) -> None:
        self._words = tensors["embeddings.word_embeddings.weight"]
        places = tensors["embeddings.position_embeddings.weight"].float()
        self._places = places + tensors["embeddings.token_type_embeddings.weight"][0]
        self._norm = _Norm(tensors, "embeddings.LayerNorm", config["layer_norm_eps"])
        self._layers = [
            _Layer(tensors, number, ranges, config, levels)
            for number in range(int(config["num_hidden_layers"]))
        ]
        self._head = tensors["head.weight"].float(), tensors["head.bias"].float()

    def __call__(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        """Logits, shape (sequences, 3). Sequences of equal length must stand together."""
        lengths = [len(sequence) for sequence in sequences]
        spare = [0] * (-sum(lengths) % ROWS)
        ids = torch.tensor([token for sequence in sequences for token in sequence] + spare)
        place = torch.cat(
            [*(torch.arange(length) for length in lengths), torch.tensor(spare, dtype=torch.long)]
        )
        x = self._norm(self._words[ids] + self._places[place])
        groups = _groups(lengths)
        for layer in self._layers:
            x = layer(x, groups)
        means = torch.cat(
            [
                x[at : at + count * length].view(count, length, -1).float().mean(1)
                for at, count, length in groups
            ]
        )
        return functional.linear(means, *self._head)


def _groups(lengths: Sequence[int]) -> list[tuple[int, int, int]]:
    """(first token, sequences, length) of each run of equal lengths."""
    groups: list[tuple[int, int, int]] = []
    start = 0
    for length in lengths:
        if groups and groups[-1][2] == length:
            first, count, _ = groups[-1]
            groups[-1] = (first, count + 1, length)
        else:
            groups.append((start, 1, length))
        start += length
    return groups
