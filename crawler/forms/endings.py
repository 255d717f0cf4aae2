"""What a rule module hands out: stems of a name, and the endings that each stem takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False, slots=True)
class Endings:
    """A closed set of endings, each with the case it marks; shared by all stems of one inflection type.

    `glued` endings follow the stem directly (an empty one allows the bare stem), `attached` ones follow one
    of the characters in `marks` (DNA:n, Apple-ի). After any of them one or two `clitics` may stand.
    """

    language: str
    glued: Mapping[str, str]
    attached: Mapping[str, str] = field(default_factory=dict)
    marks: str = ""
    clitics: tuple[str, ...] = ()

    def glued_case(self, tail: str) -> str | None:
        """The case that `tail`, written directly after the stem, marks; None when it is no ending."""
        return self._case(self.glued, tail)

    def attached_case(self, tail: str) -> str | None:
        """The case that `tail`, written after a mark, marks; None when it is no ending."""
        if tail in self.clitics:
            return "nom+clitic"
        return self._case(self.attached, tail) if tail else None

    def _case(self, endings: Mapping[str, str], tail: str) -> str | None:
        case = endings.get(tail)
        if case is not None or not tail.endswith(self.clitics):
            return case
        for clitic in self.clitics:
            if tail.endswith(clitic):
                case = endings.get(tail[: -len(clitic)])
                if case is not None:
                    return f"{case}+clitic"
        return None


@dataclass(frozen=True, slots=True)
class Stem:
    """One stem of a name in normal form; `rule` says how it was made (fi.weak: the weak grade)."""

    text: str
    endings: Endings
    rule: str

    def forms(self) -> Iterable[tuple[str, str]]:
        """Every whole form without clitics, with its rule; attached endings behind the first mark."""
        for ending, case in self.endings.glued.items():
            yield self.text + ending, f"{self.rule}.{case}"
        for ending, case in self.endings.attached.items():
            yield self.text + self.endings.marks[0] + ending, f"{self.rule}.{case}"
