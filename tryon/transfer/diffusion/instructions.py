"""The sentence that tells an edit model whom to dress in what, and how it is to be worn (layout words)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tryon.parsing.words import seen
from tryon.types import Garment

SURE = 0.5  # below it a garment's kind is not named: shoes, hats and bags have no kind of ours
KEPT = (
    "Keep the person's face, hair, skin, hands, body shape and pose, the background, the light and the framing exactly "
    "as they are in {first}."
)
TRUE = "Keep every colour, print, logo and text of {those} exactly as shown."
# What is said about how clothes are worn -> what the model is told. English, and the words of four other languages.
LAYOUT: tuple[tuple[str, str], ...] = (
    (r"\bhalf[- ]tuck|\bfrench tuck|half tucked", "with the front of the hem tucked in and the back left out"),
    (r"\b(un-?tucked|not tucked|hang(s|ing)? (out|loose))\b|por fuera|über der hose|塞出|빼서",
     "with the hem left out"),
    (r"\btuck(ed|s|ing)?\b(?!.{0,12}\bout\b)|塞进|扎进|넣어|por dentro|metid[oa]|in die hose|eingesteckt",
     "with the hem tucked in"),
    (r"\broll(ed|s|ing)?[- ]?(up)?\b.{0,12}\bsleeves?|\bsleeves?\b.{0,12}\brolled|arremangad|hochgekrempelt|卷起|걷어",
     "with the sleeves rolled up"),
    (r"\bpush(ed|es|ing)?[- ]?(up)?\b.{0,12}\bsleeves?|\bsleeves?\b.{0,12}\bpushed", "with the sleeves pushed up"),
    (r"\b(un-?(buttoned|zipped)|(jacket|coat|shirt|cardigan|worn) open|open (jacket|coat|shirt|front|cardigan))\b"
     r"|abiert[oa]|offen|敞开|열어", "worn open at the front"),
    (r"(?<!un)(?<!un-)\b(buttoned|zipped)([- ]up)?\b|(jacket|coat|shirt|worn) closed\b|cerrad[oa]|zugeknöpft|扣上|잠가",
     "closed at the front"),
)  # fmt: skip
_OVER = re.compile(
    r"\b(?:the\s+)?(jacket|coat|cardigan|shirt|dress|sweater|vest)\s+(over|under)\s+(?:the\s+)?"
    r"(jacket|coat|cardigan|shirt|dress|sweater|vest|top)\b",
    re.IGNORECASE,
)


def instruction(garments: Sequence[Garment], prompt: str, picture: str = "picture {}") -> str:
    """One pass for all garments: the person is picture 1, the garments follow in their order.

    `picture` is how the model calls its pictures.
    """
    first = picture.format(1)
    items = [f"the {named(garment)} from {picture.format(index + 2)}" for index, garment in enumerate(garments)]
    ways = layout(prompt)
    wearing = f"Dress the person in {first} in {listed(items)}{', ' + listed(ways) if ways else ''}."
    takes = "It takes" if len(garments) == 1 else "Together they take"
    place = f"{takes} the place of the clothes worn there; fit and drape naturally on the body."
    those = "the garment" if len(garments) == 1 else "each garment"
    return " ".join((wearing, place, TRUE.format(those=those), KEPT.format(first=first)))


def layout(prompt: str) -> list[str]:
    """How the clothes are to be worn, as the prompt says it: hem, sleeves, front, layering. Each only once."""
    text = prompt.lower()
    said: list[str] = []
    for pattern, words in LAYOUT:
        if re.search(pattern, text) and not any(_same_topic(words, other) for other in said):
            said.append(words)
    said += [f"the {a} worn {way} the {b}" for a, way, b in _OVER.findall(text)]
    return said


def _same_topic(one: str, other: str) -> bool:
    """Whether two phrases speak of the same thing: the hem, the sleeves, the front."""
    return any(topic in one and topic in other for topic in ("hem", "sleeves", "at the front"))


def named(garment: Garment) -> str:
    """A garment in words; "item" where we are not sure what it is."""
    return seen(garment) if garment.confidence >= SURE else "item"


def listed(items: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
