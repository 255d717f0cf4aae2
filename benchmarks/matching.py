"""What a brand list costs: 1,000 brands against 10, and against one regex for each brand.

    python benchmarks/matching.py [--sentences 100000] [--data FILE] [--sample 1000]

Names and sentences are put together from syllables and phrases held here; `--data` reads one sentence a line
instead. `--share` is the part of sentences that mention a brand of the whole list. The alternative is what a
keyword list would be: one compiled alternation for each brand, of all forms of its name (no aliases, no
other scripts), run on a sample because it takes so long.

On the same sentences the long list also finds a hundred times as many mentions, and each costs its proof;
`ratio_equally_many_mentions` compares with 10 brands on sentences that name those ten as often.
"""

import argparse
import json
import math
import random
import re
import resource
import sys
import time
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import ahocorasick

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crawler.brands import Brand
from crawler.forms import aliases, forms
from crawler.matching import Matcher
from store.text import normal_form

STARTS = ("Ka", "Vel", "Mar", "Tuo", "Sil", "Nor", "Pel", "Hai", "Ro", "Lum")
MIDDLES = ("vi", "lo", "ne", "ta", "ri", "mu", "sa", "ki", "po", "le")
ENDS = ("kko", "ra", "nen", "s", "lti", "x", "tta", "nd", "ma", "re")
FILLERS = (
    "Tilasin viime viikolla uuden laitteen ja se saapui kolmessa päivässä perille.",
    "Asiakaspalvelu vastasi vasta toisella yrityksellä, mutta asia hoitui lopulta.",
    "Hinta on noussut vuodessa melkein kolmanneksen, eikä laatu ole parantunut.",
    "Առաքումը շատ ուշացավ, բայց որակից գոհ եմ և նորից կպատվիրեմ։",
    "Աշխատակիցները բարեհամբույր էին, սակայն հերթը չափազանց երկար էր։",
)
PATTERNS = ("Ostin {} kanssa samana päivänä. ", "Mielestäni {} on hyvä. ", "Իմ կարծիքով {} լավն է։ ")
_TURN = 1000
_TURNS = 3


def brands(count: int) -> list[Brand]:
    """Made-up brands, each with an alias of its own."""
    names = ["".join(parts) for parts in product(STARTS, MIDDLES, ENDS)]
    random.Random(1).shuffle(names)
    return [Brand(name, aliases=(f"{name} Oyj",)) for name in names[:count]]


def texts(count: int, listed: list[Brand], share: float) -> list[str]:
    """Sentences of which `share` mention one of `listed`, in some Finnish or Armenian form."""
    chance = random.Random(2)
    spelled = [
        [form for form in (*forms(b.name, "fi"), *forms(b.name, "hy")) if "+" not in form][:60]
        for b in listed
    ]
    out = []
    for _ in range(count):
        mention = ""
        if chance.random() < share:
            form = chance.choice(chance.choice(spelled))
            mention = chance.choice(PATTERNS).format(form[:1].upper() + form[1:])
        out.append(mention + chance.choice(FILLERS))
    return out


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time, and what `work` gave."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def count_hits(matcher: Matcher, sentences: list[str]) -> int:
    return sum(len(matcher.find(sentence)) for sentence in sentences)


def side_by_side(work: Sequence[tuple[Matcher, list[str]]]) -> list[tuple[float, int]]:
    """Seconds and hits of each matcher on its sentences, all lists of one length.

    The matchers take turns, a thousand sentences at a time, and the best of three turns counts: what else the
    machine does falls on all of them alike.
    """
    seconds, hits = [0.0] * len(work), [0] * len(work)
    for start in range(0, len(work[0][1]), _TURN):
        best = [math.inf] * len(work)
        for turn in range(_TURNS):
            for number, (matcher, sentences) in enumerate(work):
                piece = sentences[start : start + _TURN]
                took, found = timed(lambda m=matcher, p=piece: count_hits(m, p))  # type: ignore[misc]
                best[number] = min(best[number], took)
                hits[number] += found if turn == 0 else 0
        seconds = [total + each for total, each in zip(seconds, best, strict=True)]
    return list(zip(seconds, hits, strict=True))


def regexes(listed: list[Brand]) -> list[re.Pattern[str]]:
    """The alternative: for each brand one alternation of all forms of its name, longest first."""
    patterns = []
    for brand in listed:
        spelled = sorted({form for code in brand.languages for form in forms(brand.name, code)}, key=len)
        patterns.append(re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, reversed(spelled)))})(?!\w)"))
    return patterns


def whole_forms(brand: Brand) -> set[str]:
    names = aliases((brand.name, *brand.aliases), brand.languages)
    return {form for alias in names for language in brand.languages for form in forms(alias.text, language)}


def count_regex_hits(patterns: list[re.Pattern[str]], sentences: list[str]) -> int:
    normal = [normal_form(sentence) for sentence in sentences]
    return sum(len(pattern.findall(sentence)) for pattern in patterns for sentence in normal)


def whole_form_automaton(listed: list[Brand]) -> int:
    """Builds the automaton that holds whole forms instead of stems; returns the number of its keys."""
    automaton = ahocorasick.Automaton()
    for number, brand in enumerate(listed):
        for form in whole_forms(brand):
            automaton.add_word(form, number)
    automaton.make_automaton()
    return len(automaton)


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Runs everything and prints one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sentences", type=int, default=100_000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--sample", type=int, default=200)
    options = parser.parse_args()
    listed = brands(1000)
    if options.data:
        sentences = options.data.read_text(encoding="utf-8").splitlines()[: options.sentences]
    else:
        sentences = texts(options.sentences, listed, options.share)
    before = peak_megabytes()
    build_ten, ten = timed(lambda: Matcher(listed[:10]))
    build_all, thousand = timed(lambda: Matcher(listed))
    built = peak_megabytes()
    about_ten = texts(len(sentences), listed[:10], options.share)
    (few, few_hits), (many, many_hits), (equal_few, equal_hits) = side_by_side(
        [(ten, sentences), (thousand, sentences), (ten, about_ten)]
    )
    silent = [sentence for sentence in sentences if not thousand.find(sentence)]
    (silent_few, _), (silent_many, _) = side_by_side([(ten, silent), (thousand, silent)])
    sample = texts(options.sample, listed[:50], 1.0)
    compile_regex, patterns = timed(lambda: regexes(listed[:50]))
    regex, regex_hits = timed(lambda: count_regex_hits(patterns, sample))
    whole_build, whole_keys = timed(lambda: whole_form_automaton(listed[:100]))
    whole_memory = peak_megabytes()
    report = {
        "sentences": len(sentences),
        "build_seconds": {"10 brands": round(build_ten, 3), "1000 brands": round(build_all, 2)},
        "memory_megabytes_1000_brands": round(built - before, 1),
        "find_seconds": {"10 brands": round(few, 2), "1000 brands": round(many, 2)},
        "hits": {"10 brands": few_hits, "1000 brands": many_hits},
        "ratio_same_sentences": round(many / few, 2),
        "hits_10_brands_named_as_often": equal_hits,
        "ratio_equally_many_mentions": round(many / equal_few, 2),
        "ratio_without_mentions": round(silent_many / max(silent_few, 1e-9), 2),
        "microseconds_a_sentence": round(many / len(sentences) * 1e6, 1),
        "one_regex_a_brand": {
            "brands": 50,
            "compile_seconds": round(compile_regex, 2),
            "hits": regex_hits,
            "microseconds_a_sentence_for_1000_brands": round(regex / max(len(sample), 1) * 1e6 * 20),
        },
        "whole_forms_in_the_automaton": {
            "brands": 100,
            "keys": whole_keys,
            "build_seconds": round(whole_build, 2),
            "memory_megabytes": round(whole_memory - built, 1),
        },
    }
    json.dump(report, sys.stdout, ensure_ascii=False, indent=2)
    print()


if __name__ == "__main__":
    main()
