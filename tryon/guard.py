"""What the product refuses to make: prompt rules in the page's languages, and the picture gate's Protocol.

The rules are deliberately plain word lists: they say no to sexual pictures and to anything that joins a child
with undress, and they run always, offline. A picture gate (a classifier) is used where its weights are
present; where they are not, the product says so (note "no_gate").
"""

from __future__ import annotations

import re
import unicodedata
from typing import Protocol

from tryon.errors import PromptRefused
from tryon.types import Pixels

# Whole words for alphabetic scripts, without accents; anywhere in the text for Chinese and Korean.
_WORDS = re.compile(
    r"\b(nudes?|nudity|naked|topless|bottomless|undress(es|ed|ing)?|unclothed|nsfw|porn\w*|sex|sexual\w*|erotic\w*|"
    r"fetish\w*|strips?|stripping|striptease|genitals?|nipples?|penis|vagina|orgasm\w*|masturbat\w*|"
    r"takes? off (her|his|their|all|the) clothes|without clothes|"
    r"desnud\w*|sexo|erotic[oa]s?|pezon(es)?|sin ropa|se quita la ropa|"
    r"nackt\w*|oben ohne|entkleide\w*|auszieh\w*|zieht sich aus|erotisch\w*|ohne kleid(er|ung))\b"
)
_SIGNS = (
    "裸",
    "脱光",
    "脱衣",
    "脱掉",
    "色情",
    "性爱",
    "情色",
    "做爱",
    "누드",
    "알몸",
    "나체",
    "벗",
    "야한",
    "섹스",
    "음란",
)


class PictureGate(Protocol):
    """A classifier that judges a picture. Score 0..1; the product withholds above its threshold."""

    def __call__(self, picture: Pixels) -> float: ...


def check_prompt(prompt: str) -> None:
    """Raises PromptRefused for a sentence that asks for nudity or sexual content."""
    text = _plain(prompt)
    if _WORDS.search(text) or any(sign in text for sign in _SIGNS):
        raise PromptRefused()


def clean_prompt(prompt: str) -> str:
    """The sentence on one line: control and direction-changing characters out, spaces folded."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in prompt)
    return " ".join(kept.split())


def _plain(text: str) -> str:
    """Lower case without accents, so that "Désnuda" and "desnuda" are one word."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in folded if not unicodedata.combining(c)))
