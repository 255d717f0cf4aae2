"""The encoder in 8-bit integers: static activation scales, no padding, oneDNN's fused linear kernels.

A text reads the same in any batch, since no scale depends on the batch. Difficulty moves from activations to
weights channel by channel as in SmoothQuant (Xiao et al., ICML 2023, α = 0.5); weights have one scale an output
channel. The scales are measured once, when the model is packaged, and lie beside the weights.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

POINTS = ("attention", "context", "feed", "middle")
"""Where activations are quantised in a layer: into q, k, v; into the attention output; into and inside the MLP."""
MIDDLE = 128
"""Zero point of activations: oneDNN has fast kernels for unsigned activations only (signed ones: 20,000 × slower)."""
GELU_MINIMUM = -0.17
"""min over x of x·Φ(x)."""


def supported() -> bool:
    """Whether this processor and this build of torch have the kernels."""
    return bool(torch.backends.mkldnn.is_available() and torch.cpu._is_vnni_supported())


@dataclass(frozen=True)
class Scales:
    """Largest magnitudes seen at each point of one layer: per channel, shape (hidden,); `middle` a single number."""

    attention: Tensor
    context: Tensor
    feed: Tensor
    middle: Tensor


class _Linear:
    """One linear layer: bytes in, signed 8-bit weights, fused bias, activation and residual."""

    def __init__(self, weight: Tensor, bias: Tensor, smooth: Tensor | None, scale: float, zero: int) -> None:
        if smooth is not None:
            weight = weight * smooth
        self._scales = (weight.abs().amax(1) / 127).clamp(min=1e-8)
        quantised = (weight / self._scales[:, None]).round().to(torch.int8)
        self._weight = torch.ops.onednn.qlinear_prepack(quantised, None)
        self._zeros = torch.zeros(len(bias), dtype=torch.long)
        self._bias = bias.float()
        self._scale = scale
        self._zero = zero

    def __call__(self, x: Tensor, out_scale: float = 1.0, out_zero: int = 0, kind: str = "none") -> Tensor:
        dtype = torch.bfloat16 if kind == "none" else torch.uint8
        result: Tensor = torch.ops.onednn.qlinear_pointwise(
            *(x, self._scale, self._zero, self._weight, self._scales, self._zeros, self._bias),
            *(out_scale, out_zero, dtype, kind, [], "none" if kind == "gelu" else ""),
        )
        return result

    def add_to(self, residual: Tensor, x: Tensor) -> Tensor:
        """residual + linear(x)."""
        result: Tensor = torch.ops.onednn.qlinear_pointwise.binary(
            *(x, self._scale, self._zero, self._weight, self._scales, self._zeros, residual, self._bias),
            *(1.0, 0, torch.bfloat16, 1.0, 0, "add", 1.0, "none", [], ""),
        )
        return result


class _Quantiser:
    """Activations to unsigned bytes by one factor a channel; `smooth` goes into the weights that follow."""

    def __init__(self, largest: Tensor, weight: Tensor) -> None:
        limit = weight.abs().amax(0).clamp(min=1e-5)
        self.smooth = (largest.clamp(min=1e-5) / limit).sqrt()
        self.scale = float((largest / self.smooth).max() / 127)
        self._factor = 1 / (self.smooth * self.scale)

    def __call__(self, x: Tensor) -> Tensor:
        return (x.float() * self._factor).add_(MIDDLE).round_().clamp_(0, 255).to(torch.uint8)


class _Layer:
    def __init__(self, layer: nn.Module, scales: Scales, heads: int) -> None:
        attention, self._heads = layer.attention, heads
        block, mlp_in, mlp_out = attention.self, layer.intermediate.dense, layer.output.dense  # type: ignore[union-attr]
        weight = torch.cat([part.weight for part in (block.query, block.key, block.value)])  # type: ignore[union-attr]
        bias = torch.cat([part.bias for part in (block.query, block.key, block.value)])  # type: ignore[union-attr]
        out = attention.output.dense  # type: ignore[union-attr]
        self._to_attention = _Quantiser(scales.attention, weight)
        self._qkv = _Linear(weight, bias, self._to_attention.smooth, self._to_attention.scale, MIDDLE)
        self._to_out = _Quantiser(scales.context, out.weight)
        self._out = _Linear(out.weight, out.bias, self._to_out.smooth, self._to_out.scale, MIDDLE)
        self._to_feed = _Quantiser(scales.feed, mlp_in.weight)
        self._feed = _Linear(mlp_in.weight, mlp_in.bias, self._to_feed.smooth, self._to_feed.scale, MIDDLE)
        self._middle_scale = (float(scales.middle) - GELU_MINIMUM) / 255
        self._middle_zero = round(-GELU_MINIMUM / self._middle_scale)
        self._back = _Linear(mlp_out.weight, mlp_out.bias, None, self._middle_scale, self._middle_zero)
        self._norms = tuple(
            (norm.weight.to(torch.bfloat16), norm.bias.to(torch.bfloat16), norm.eps)
            for norm in (attention.output.LayerNorm, layer.output.LayerNorm)  # type: ignore[union-attr]
        )

    def __call__(self, x: Tensor, groups: list[tuple[int, int, int]]) -> Tensor:
        context = self._attend(self._qkv(self._to_attention(x)), groups)
        x = self._normalise(0, self._out.add_to(x, self._to_out(context)))
        middle = self._feed(self._to_feed(x), self._middle_scale, self._middle_zero, "gelu")
        return self._normalise(1, self._back.add_to(x, middle))

    def _normalise(self, which: int, x: Tensor) -> Tensor:
        weight, bias, eps = self._norms[which]
        return functional.layer_norm(x, (x.shape[-1],), weight, bias, eps)

    def _attend(self, qkv: Tensor, groups: list[tuple[int, int, int]]) -> Tensor:
        """Self-attention within each sequence. qkv (tokens, 3·hidden) → (tokens, hidden)."""
        width = qkv.shape[1] // 3
        context = torch.empty((len(qkv), width), dtype=qkv.dtype)
        for start, count, length in groups:
            end = start + count * length
            shape = (count, length, 3, self._heads, width // self._heads)
            query, key, value = qkv[start:end].view(shape).permute(2, 0, 3, 1, 4)
            attended = functional.scaled_dot_product_attention(query, key, value)
            context[start:end] = attended.transpose(1, 2).reshape(-1, width)
        return context


class Int8Encoder:
    """Mean-pooled hidden states of a BERT encoder in 8-bit integers. Made once from the float encoder."""

    def __init__(self, encoder: BertModel, scales: list[Scales]) -> None:
        embeddings = encoder.embeddings
        self._words = embeddings.word_embeddings.weight.detach().to(torch.bfloat16)
        fixed = embeddings.position_embeddings.weight + embeddings.token_type_embeddings.weight[0]
        self._positions = fixed.detach().to(torch.bfloat16)
        self._norm = embeddings.LayerNorm
        with torch.no_grad():
            heads = encoder.config.num_attention_heads
            layers = zip(encoder.encoder.layer, scales, strict=True)
            self._layers = [_Layer(layer, each, heads) for layer, each in layers]

    def __call__(self, sequences: list[list[int]]) -> Tensor:
        """Means, shape (sequences, hidden), float32. Sequences of equal length must stand together."""
        lengths = [len(sequence) for sequence in sequences]
        ids = torch.tensor([token for sequence in sequences for token in sequence])
        places = torch.cat([torch.arange(length) for length in lengths])
        x = self._words[ids] + self._positions[places]
        weight, bias = (value.to(torch.bfloat16) for value in (self._norm.weight, self._norm.bias))
        x = functional.layer_norm(x, (x.shape[-1],), weight, bias, self._norm.eps)
        groups = _groups(lengths)
        for layer in self._layers:
            x = layer(x, groups)
        means = [
            x[start : start + count * length].view(count, length, -1).float().mean(1) for start, count, length in groups
        ]
        return torch.cat(means)


def _groups(lengths: list[int]) -> list[tuple[int, int, int]]:
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


def measure(encoder: BertModel, batches: list[tuple[Tensor, Tensor]], quantile: float = 1.0) -> list[Scales]:
    """Largest magnitudes at each point of each layer over some batches of (ids, mask)."""
    found: list[dict[str, Tensor]] = [{} for _ in encoder.encoder.layer]
    mask = torch.ones(0)

    def keep(number: int, point: str, value: Tensor) -> None:
        rows = value.reshape(-1, value.shape[-1])[mask.reshape(-1).bool()].abs().float()
        largest = torch.quantile(rows, quantile, dim=0) if quantile < 1 else rows.amax(0)
        largest = largest.amax().reshape(1) if point == "middle" else largest
        old = found[number].get(point)
        found[number][point] = largest if old is None else torch.maximum(old, largest)

    handles = []
    for number, layer in enumerate(encoder.encoder.layer):
        modules = (
            layer.attention.self.query,
            layer.attention.output.dense,
            layer.intermediate.dense,
            layer.output.dense,
        )
        for point, module in zip(POINTS, modules, strict=True):
            handles.append(
                module.register_forward_pre_hook(
                    lambda _, args, number=number, point=point: keep(number, point, args[0])
                )
            )
    with torch.inference_mode():
        for ids, mask in batches:
            encoder(input_ids=ids, attention_mask=mask)
    for handle in handles:
        handle.remove()
    return [Scales(**points) for points in found]
