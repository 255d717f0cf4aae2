"""What Arvio looks for: a brand, its other names, and how strictly a hit must be proved."""

from dataclasses import dataclass
from typing import Literal

CaseRule = Literal["any", "exact"]


@dataclass(frozen=True)
class Brand:
    """One [[brand]] of arvio.toml.

    `name` and `aliases` are inflected by rule in each of `languages` (ISO 639-1; rules exist for fi, hy, ru
    and sv, any other language matches the bare name). `forms` are taken as they stand, for names that inflect
    like common words. `case = "exact"` asks for the name's capital, and a capital at the start of a sentence
    proves nothing. `require_any` names context words of which one must stand in the same or a neighbouring
    sentence; a hit inside an `exclude` phrase is none. `compounds` lets closed compounds count
    (Nokiapuhelin); hyphenated ones always do.
    """

    name: str
    aliases: tuple[str, ...] = ()
    group: str = ""
    case: CaseRule = "any"
    require_any: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("fi", "hy")
    compounds: bool = False
