"""Text on its way to a terminal: what a mention says must not steer what the reader sees."""

import unicodedata

_STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")


def printable(text: str) -> str:
    """`text` without control characters, escape sequences' introducers and bidirectional overrides.

    Line feeds and tabs stay. A control character shows as U+FFFD, so that nothing disappears unseen; zero-width
    joiners, which emoji need, stay too.
    """
    return "".join(
        char if char in "\n\t\u200d" or unicodedata.category(char) not in _STEERING else "\ufffd"
        for char in text
    )
