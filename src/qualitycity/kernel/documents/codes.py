"""Verification codes: eleven random characters and a check character, in the alphabet of GB 32100 (no I O S V Z).

The check is that of GB 32100 (weights 3^i mod 31): it catches every single wrong character and every swap of
neighbours. Eleven characters hold 54 bits: with a million papers out, one guess in 25,000 million hits (a thousand
guesses a second: one in ten months), and tells kind, date and digest of one paper.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 12
# Letters that the alphabet leaves out, read as what they look like.
_LOOKALIKE = str.maketrans({"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"})


def new_code() -> str:
    """A fresh code in three groups of four, like ``7K3M-Q2WD-9XPA``."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return grouped(body + _check(body))


def grouped(code: str) -> str:
    """Twelve characters with hyphens between groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def tidy(text: str) -> str:
    """What somebody typed as a code, in groups; an empty string when it cannot be one (length, letters or check)."""
    plain = "".join(char for char in text.upper() if char.isalnum()).translate(_LOOKALIKE)
    if len(plain) != LENGTH or set(plain) - set(ALPHABET) or _check(plain[:-1]) != plain[-1]:
        return ""
    return grouped(plain)


def _check(body: str) -> str:
    total = sum(ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return ALPHABET[-total % 31]
