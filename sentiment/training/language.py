"""Train store/language.bin, the small model behind :func:`store.language.identify`.

``python -m sentiment.training.language --data DIR`` reads the texts under DIR whose licences allow training.
Neighbouring languages come from Django's translations and from wordfreq's frequency lists where those
packages are installed, and ``--more DIR`` adds plain texts, one sentence a line, named CODE.txt.gz. The
shipped weights had one such file, et.txt.gz: 7,000 paragraphs of LibreOffice's Estonian help (MPL-2.0) and
14,000 lines of words drawn from the Estonian word list of the Institute of the Estonian Language.
"""

from __future__ import annotations

import argparse
import gettext
import importlib.util
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sentiment.training.letters import rows
from store import armenian, language

OWN: dict[str, tuple[tuple[str, str], ...]] = {
    "fi": (
        ("fi/finnsentiment.tsv.gz", "text"),
        ("fi/oppari_product_reviews.tsv.gz", "text"),
        ("fi/xed_fi.tsv.gz", "text"),
        ("hy/parallel_hy_fi.tsv.gz", "fi"),
    ),
    "sv": (("sv/swe_emoji_tweets.tsv.gz", "text"),),
    "en": (
        ("en/xed_en.tsv.gz", "text"),
        ("en/scandisent_mt_fi2en.tsv.gz", "text"),
        ("en/umsab_english.tsv.gz", "text"),
        ("en/tweeteval_devtest.tsv.gz", "text"),
        ("hy/parallel_hy_en.tsv.gz", "en"),
    ),
    "ru": (("ru/sentirueval_brand_tweets.tsv.gz", "text"),),
    "no": (("no/norec_sentence.tsv.gz", "text"),),
    "de": (("multi/umsab_german.tsv.gz", "text"),),
    "fr": (("multi/umsab_french.tsv.gz", "text"),),
    "es": (("multi/umsab_spanish.tsv.gz", "text"),),
    "it": (("multi/umsab_italian.tsv.gz", "text"),),
    "pt": (("multi/umsab_portuguese.tsv.gz", "text"),),
    "hi": (("multi/umsab_hindi.tsv.gz", "text"),),
}
ARMENIAN = (
    ("hy/headlines_unlabelled.tsv.gz", "text"),
    ("hy/sentences_unlabelled.tsv.gz", "text"),
    ("hy/comments_unlabelled.tsv.gz", "text"),
    ("hy/parallel_hy_en.tsv.gz", "hy"),
)
# Class → languages that make it up; "x-…" classes count as "und", "-cyrl" marks Cyrillic ones.
CLASSES: dict[str, tuple[str, ...]] = {
    "fi": ("fi",),
    "sv": ("sv",),
    "en": ("en",),
    "et": ("et",),
    "hy-Latn": ("hy-Latn",),
    "x-north": ("no", "nb", "nn", "da", "is"),
    "x-german": ("de", "nl", "lb", "af", "fy"),
    "x-french": ("fr",),
    "x-iberian": ("es", "pt", "ca", "gl"),
    "x-italian": ("it", "ro"),
    "x-slavic": ("pl", "cs", "sk", "hr", "sl", "bs", "sh", "hsb"),
    "x-baltic": ("lv", "lt"),
    "x-turkic": ("tr", "az", "uz", "tk"),
    "x-hungarian": ("hu",),
    "x-russian": ("ru-Latn",),
    "x-hindi": ("hi",),
    "x-rest": ("sq", "id", "ms", "eu", "cy", "eo", "ga", "vi", "fil", "sw", "br", "io", "kab"),
    "ru": ("ru",),
    "hy-Cyrl": ("hy-Cyrl",),
    "x-east-cyrl": ("uk", "be"),
    "x-south-cyrl": ("bg", "mk", "sr"),
    "x-steppe-cyrl": ("kk", "ky", "tt", "tg", "mn", "os", "udm"),
}
RUSSIAN_IN_LATIN = (
    dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdezijklmnoprstufhcye", strict=True))
    | {"ё": "yo", "ж": "zh", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"},
    dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziyklmnoprstufxcye", strict=True))
    | {"ё": "e", "ж": "j", "ч": "4", "ш": "6", "щ": "sh", "ъ": "'", "ь": "'", "ю": "ju", "я": "ja"},
    dict(zip("абвгдезийклмнопрстуфыэ", "abvgdezijklmnoprstufye", strict=True))
    | {"ё": "jo", "ж": "ž", "ч": "č", "ш": "š", "щ": "šč", "х": "kh", "ц": "ts", "ю": "ju", "я": "ia"},
)
# Brand tweets and emoji tweets are narrow: general word lists get the larger part there.
NARROW = 0.5
_PLACEHOLDER = re.compile(r"%\(?\w*\)?[sd]|\{\w*\}|<[^>]+>|&\w+;|\\u[0-9a-f]{4}|http\S*|@user")


def django_texts(code: str) -> Iterator[str]:
    """Translated messages of Django in a language; nothing if Django is not installed."""
    spec = importlib.util.find_spec("django")
    if spec is None or spec.origin is None:
        return
    for path in sorted(Path(spec.origin).parent.glob(f"**/locale/{code}/LC_MESSAGES/*.mo")):
        with path.open("rb") as stream:
            catalogue: dict[str, str] = getattr(gettext.GNUTranslations(stream), "_catalog", {})
        for source, text in catalogue.items():
            if source and isinstance(text, str) and len(text.split()) > 2 and text != source:
                yield text


def frequent_words(code: str, generator: random.Random, count: int) -> Iterator[str]:
    """Texts of words drawn by their frequency; nothing if wordfreq is missing or lacks the language."""
    if importlib.util.find_spec("wordfreq") is None:
        return
    import wordfreq

    if code not in wordfreq.available_languages("small"):
        return
    words = wordfreq.top_n_list(code, 20000)
    weights = [wordfreq.word_frequency(word, code) ** 0.75 for word in words]
    for _ in range(count):
        yield " ".join(generator.choices(words, weights, k=generator.randint(4, 12)))


def plain_texts(folder: Path | None, code: str) -> Iterator[str]:
    """Lines of FOLDER/CODE.txt.gz."""
    import gzip

    path = folder / f"{code}.txt.gz" if folder else None
    if path is not None and path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            yield from (line.strip() for line in stream)


def armenian_texts(data: Path, script: str) -> Iterator[str]:
    """Armenian-script texts; ``script`` "latn" gives the comments typed in Latin letters instead."""
    for name, column in ARMENIAN:
        for row in rows(data / name):
            if row[column] and (row.get("script", "armn") == script):
                yield row[column]


def texts_of(code: str, data: Path, more: Path | None, generator: random.Random, most: int) -> list[str]:
    """Up to ``most`` training texts of a language."""
    texts: list[str] = []
    if code == "hy-Latn":
        real = list(armenian_texts(data, "latn"))
        drawn = list(armenian_texts(data, "armn"))
        generator.shuffle(drawn)
        drawn = [armenian.to_latin(text, generator) for text in drawn[: most - 12 * len(real)]]
        return drawn + 12 * real
    if code == "hy-Cyrl":
        drawn = list(armenian_texts(data, "armn"))
        generator.shuffle(drawn)
        return [armenian.to_russian_letters(text, generator) for text in drawn[:most]]
    if code == "ru-Latn":
        source = texts_of("ru", data, more, generator, most)
        tables = [str.maketrans(table) for table in RUSSIAN_IN_LATIN]
        return [text.lower().translate(generator.choice(tables)) for text in source]
    for name, column in OWN.get(code, ()):
        found = [
            row[column] for row in rows(data / name) if row[column] and row.get("split", "train") == "train"
        ]
        generator.shuffle(found)
        texts += found[:most]
    generator.shuffle(texts)
    texts = texts[: int(most * (NARROW if code in ("ru", "sv") else 0.75))]
    texts += list(plain_texts(more, code))[: most - len(texts)]
    messages = list(django_texts(code))
    generator.shuffle(messages)
    texts += messages[: most // 3]
    if len(texts) < most:
        texts += frequent_words(code, generator, min(most - len(texts), most // 2))
    return texts


def bare(text: str) -> str:
    """A text as typed by someone who skips the dots and accents."""
    return text.translate(str.maketrans("äöåõüéšž", "aoaouesz"))


def snippets(text: str, generator: random.Random) -> list[str]:
    """Words of a window of 1–15 words of a text, as the identifier would see them."""
    words = language.words_of(_PLACEHOLDER.sub(" ", text))
    if not words:
        return []
    size = generator.randint(1, 15) if generator.random() < 0.8 else len(words)
    start = generator.randint(0, max(0, len(words) - size))
    return words[start : start + size]


def gather(data: Path, more: Path | None, most: int, seed: int) -> list[tuple[int, list[str]]]:
    """(class number, words) of ``most`` snippets a class, at most, in random order."""
    generator = random.Random(seed)
    examples = []
    for number, (name, codes) in enumerate(CLASSES.items()):
        pool: list[str] = []
        for code in codes:
            texts = texts_of(code, data, more, generator, 2 * most // len(codes))
            generator.shuffle(texts)
            pool += texts
        generator.shuffle(pool)
        rounds = pool * math.ceil(most / max(1, len(pool)))
        made = 0
        for text in rounds[:most]:
            words = snippets(text, generator)
            if generator.random() < 0.08 and name in ("fi", "sv", "et"):
                words = [bare(word) for word in words]
            if words:
                examples.append((number, words))
                made += 1
        print(f"{name}: {len(pool)} texts, {made} snippets", flush=True)
    generator.shuffle(examples)
    return examples


def choose_grams(examples: list[tuple[int, list[str]]], count: int) -> list[str]:
    """The ``count`` n-grams met in most snippets, each class counting alike."""
    seen: Counter[str] = Counter()
    sizes = Counter(number for number, _ in examples)
    by_class: dict[int, Counter[str]] = defaultdict(Counter)
    for number, words in examples:
        by_class[number].update({gram for word in words for gram in language.grams_of(word)})
    own = {name for name in CLASSES if not name.startswith("x-")}
    names = list(CLASSES)
    for number, counts in by_class.items():
        weight = (2.0 if names[number] in own else 1.0) / sizes[number]
        for gram, times in counts.items():
            if times >= 5:
                seen[gram] += times * weight  # type: ignore[assignment]
    return [gram for gram, _ in seen.most_common(count)]


def train(examples: list[tuple[int, list[str]]], count: int, epochs: int, seed: int) -> language.Model:
    """A linear model over the commonest ``count`` n-grams, by Adam, rounded to 8-bit weights."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)  # small batches gain nothing from more
    grams = choose_grams(examples, count)
    index = {gram: at for at, gram in enumerate(grams)}
    coded = [
        (number, [index[g] for word in words for g in language.grams_of(word) if g in index], len(words))
        for number, words in examples
    ]
    coded = [example for example in coded if example[1]]
    bag = torch.nn.EmbeddingBag(len(grams), len(CLASSES), mode="sum", sparse=False)
    torch.nn.init.zeros_(bag.weight)
    bias = torch.nn.Parameter(torch.zeros(len(CLASSES)))
    optimiser = torch.optim.Adam([bag.weight, bias], lr=0.02)
    names = list(CLASSES)
    cyrillic = torch.tensor([name in ("ru", "hy-Cyrl") or name.endswith("-cyrl") for name in names])
    batch = 512
    generator = random.Random(seed)
    schedule = torch.optim.lr_scheduler.LinearLR(
        optimiser, 1.0, 0.05, total_iters=epochs * (len(coded) // batch + 1)
    )
    for epoch in range(epochs):
        generator.shuffle(coded)
        total = 0.0
        for at in range(0, len(coded), batch):
            part = coded[at : at + batch]
            offsets = torch.tensor([0] + [len(ids) for _, ids, _ in part[:-1]]).cumsum(0)
            flat = torch.tensor([i for _, ids, _ in part for i in ids])
            target = torch.tensor([number for number, _, _ in part])
            sizes = torch.tensor([float(size) for _, _, size in part]).sqrt().unsqueeze(1)
            logits = bag(flat, offsets) / sizes + bias
            logits = logits.masked_fill(cyrillic[target].unsqueeze(1) != cyrillic.unsqueeze(0), -1e4)
            loss = torch.nn.functional.cross_entropy(logits, target)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(part)
        print(f"epoch {epoch}: loss {total / len(coded):.4f}", flush=True)
    weights = bag.weight.detach()
    # A coarse step keeps the file small; only a few of the largest weights are clipped.
    scale = max(float(weights.abs().max()) / 381.0, 0.02)
    levels = (weights / scale).round().clamp(-127, 127).int() + 128
    matrix = levels.tolist()
    rows_ = {gram: bytes(row) for gram, row in zip(grams, matrix, strict=True)}
    return language.Model(tuple(names), rows_, tuple(bias.tolist()), scale, 1.0)


def main() -> None:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--more", type=Path)
    parser.add_argument("--out", type=Path, default=language.WEIGHTS)
    parser.add_argument("--grams", type=int, default=16000)
    parser.add_argument("--snippets", type=int, default=9000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    examples = gather(arguments.data, arguments.more, arguments.snippets, arguments.seed)
    model = train(examples, arguments.grams, arguments.epochs, arguments.seed)
    body = language.pack(replace(model, temperature=arguments.temperature))
    arguments.out.write_bytes(body)
    print(f"{arguments.out}: {len(body)} bytes, {len(model.rows)} n-grams, {len(model.classes)} classes")


if __name__ == "__main__":
    main()
