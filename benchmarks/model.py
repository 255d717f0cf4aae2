"""Texts a second: Arvio's scorer beside transformers' pipeline and ONNX Runtime int8, same weights, same run.

    python -m benchmarks.model --data DIR [--texts 2000]

`DIR` holds the labelled sets (fi/, hy/ …). ONNX Runtime (packages onnx, onnxruntime, onnxscript) gets the same
length-sorted batches under the same token budget; transformers' pipeline batches as it does, over the same weights and
over a network of the width before the cut. Prints texts a second and ratios, and how far the probabilities of each lie
from plain fp32.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn.functional import pad

from sentiment.backend import _batches
from sentiment.folder import SHIPPED
from sentiment.network import SentimentModel
from sentiment.preparation import prepare
from sentiment.scorer import Scorer
from sentiment.training.data import read_table
from sentiment.training.narrow import INNER, OUTER, linear, mlp
from store.records import LABELS

FILES = (
    "fi/finnsentiment.tsv.gz",
    "fi/oppari_product_reviews.tsv.gz",
    "hy/comments_unverified_dev.tsv.gz",
    "hy/semeval_translated_dev.tsv.gz",
)
Probabilities = NDArray[np.float64]
UNCUT = 1536
"""Neurons of each MLP in the base network."""


def softmax(logits: Probabilities) -> Probabilities:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True))


def dev_texts(data: Path, count: int) -> list[str]:
    """A fixed sample of development texts of several kinds."""
    texts = [
        prepare(row["text"])
        for name in FILES
        for row in read_table(data / name)
        if row.get("split", "dev") == "dev" and row["text"].strip()
    ]
    return random.Random(5).sample(texts, min(count, len(texts)))


def encode(texts: list[str]) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
    return [encoding.ids[:512] for encoding in tokenizer.encode_batch_fast(texts)]


def padded(sequences: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.full((len(sequences), max(map(len, sequences))), 1)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence)
    return ids, (ids != 1).long()


def widened(network: SentimentModel, width: int) -> SentimentModel:
    """The network with idle neurons added to its MLPs up to `width`: the same function, at an uncut network's price."""
    for layer in network.encoder.encoder.layer:
        inner, outer = mlp(layer)
        idle = width - inner.out_features
        layer.set_submodule(INNER, linear(pad(inner.weight, (0, 0, 0, idle)), pad(inner.bias, (0, idle))))
        layer.set_submodule(OUTER, linear(pad(outer.weight, (0, idle)), outer.bias))
    return network


def with_pipeline(network: SentimentModel, batch: int) -> Callable[[list[str]], Probabilities]:
    """transformers' text-classification pipeline over `network`, fp32, as its users call it."""
    from transformers import PreTrainedTokenizerFast, TextClassificationPipeline
    from transformers.modeling_outputs import SequenceClassifierOutput

    class Wrapped(type(network.encoder)):  # type: ignore[misc]
        def forward(self, input_ids: Any, attention_mask: Any, **_: Any) -> Any:
            return SequenceClassifierOutput(logits=network(input_ids, attention_mask))

    module = Wrapped(network.encoder.config, add_pooling_layer=False)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(SHIPPED / "tokenizer.json"), pad_token="<pad>", model_max_length=512
    )
    pipe: Any = TextClassificationPipeline(  # type: ignore[no-untyped-call]
        model=module, tokenizer=tokenizer, top_k=None
    )

    def run(texts: list[str]) -> Probabilities:
        rows = [
            {each["label"]: each["score"] for each in found}
            for found in pipe(texts, batch_size=batch, truncation=True)
        ]
        return np.array([[row[name] for name in LABELS] for row in rows])

    return run


def with_onnx(folder: Path) -> Callable[[list[str]], Probabilities]:
    """ONNX Runtime, dynamic int8, length-sorted batches under the scorer's token budget."""
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network = SentimentModel.load(SHIPPED)
    ids, mask = padded([[0, 5, 6, 2], [0, 7, 2]])
    dynamic = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        network,
        (ids, mask),
        str(folder / "fp32.onnx"),
        input_names=["ids", "mask"],
        output_names=["logits"],
        dynamic_axes={"ids": dynamic, "mask": dynamic},
        dynamo=False,
        opset_version=17,
    )
    quantize_dynamic(str(folder / "fp32.onnx"), str(folder / "int8.onnx"), weight_type=QuantType.QInt8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(
        str(folder / "int8.onnx"), options, providers=["CPUExecutionProvider"]
    )

    def run(texts: list[str]) -> Probabilities:
        sequences = encode(texts)
        logits = np.empty((len(texts), 3))
        for batch in _batches([len(sequence) for sequence in sequences]):
            ids, mask = padded([sequences[index] for index in batch])
            logits[batch] = session.run(None, {"ids": ids.numpy(), "mask": mask.numpy()})[0]
        return softmax(logits)

    return run


def with_arvio(*, exact: bool) -> Callable[[list[str]], Probabilities]:
    """Our own network and batches, without language identification or calibration: the same work as the others'."""
    from sentiment.backend import Backend

    backend = Backend.load(Scorer.load(SHIPPED).folder, exact=exact)
    return lambda texts: softmax(backend.logits(texts)[0].astype(np.float64))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument(
        "--pipeline-texts", type=int, default=400, help="the pipeline is slow: a sample is enough"
    )
    options = parser.parse_args()
    texts = dev_texts(options.data, options.texts)
    few = texts[: options.pipeline_texts]
    network = SentimentModel.load(SHIPPED)
    with torch.inference_mode():
        exact = torch.cat([network(*padded([ids])) for ids in encode(few)]).softmax(-1).double().numpy()
    uncut = widened(SentimentModel.load(SHIPPED), UNCUT)
    scorer = Scorer.load()
    full: Callable[[list[str]], Probabilities] = lambda some: np.array(  # noqa: E731
        [(each.negative, each.neutral, each.positive) for each in scorer.read(some)]
    )
    with tempfile.TemporaryDirectory() as folder:
        runs = {
            "arvio, network alone": (with_arvio(exact=False), texts),
            "onnxruntime int8, same batches": (with_onnx(Path(folder)), texts),
            "arvio, whole scorer": (full, texts),
            "transformers pipeline, batch 32": (with_pipeline(network, 32), few),
            "transformers pipeline, batch 1": (with_pipeline(network, 1), few),
            "transformers pipeline, batch 32, uncut": (with_pipeline(uncut, 32), few),
        }
        rates = {}
        for name, (run, some) in runs.items():
            run(some[:64])
            begun = time.perf_counter()
            found = run(some)
            rates[name] = len(some) / (time.perf_counter() - begun)
            far = float(np.abs(found[: len(few)] - exact).max()) if "whole" not in name else None
            print(
                json.dumps(
                    {
                        "run": name,
                        "texts": len(some),
                        "texts_per_second": round(rates[name], 1),
                        "largest_difference_from_fp32": far,
                    }
                ),
                flush=True,
            )
    ours = rates["arvio, network alone"]
    print(
        json.dumps(
            {f"ratio to {name}": round(ours / rate, 2) for name, rate in rates.items() if "arvio" not in name}
        )
    )


if __name__ == "__main__":
    main()
