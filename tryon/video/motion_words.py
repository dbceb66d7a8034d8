"""The words of the motion grammar in all languages, as regular expressions; one module per language holds them.

Text is folded first (motion_grammar.fold): lower case, without accents on Latin letters. `\\b` stands at the ends of
Latin words only; Chinese and Korean have no use for it. Kinds are tried in the order of KINDS and what one has
matched is not seen by the next, so the more particular stand first ("walks towards the camera" before "walks").
"""

from __future__ import annotations

from types import ModuleType

from tryon.video import motion_words_de, motion_words_en, motion_words_es, motion_words_ko, motion_words_zh

LANGUAGES: tuple[ModuleType, ...] = (
    motion_words_en,
    motion_words_zh,
    motion_words_ko,
    motion_words_es,
    motion_words_de,
)

KINDS = (
    "hold",
    "stand",
    "push",
    "pull",
    "orbit",
    "tilt",
    "pan",
    "jump",
    "sit",
    "smile",
    "hair",
    "away",
    "aside",
    "approach",
    "back",
    "walk",
    "show",
    "weight",
    "around",
    "look",
    "turn",
    "wave",
    "hips",
    "raise",
    "dance",
    "wind",
    "breathe",
    "sway",
)
SIDE_NAMES = ("view_left", "view_right", "both", "left", "right", "up", "down")
# Factor on the speed, factor on the strength.
MANNER_VALUES: dict[str, tuple[float, float]] = {
    "very slow": (0.6, 1.0),
    "slow": (0.75, 1.0),
    "quick": (1.5, 1.0),
    "little": (1.0, 0.55),
    "gentle": (0.85, 0.75),
    "strong": (1.0, 1.4),
}


def _gathered(table: str, names: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((n, tuple(p for words in LANGUAGES for p in getattr(words, table).get(n, ()))) for n in names)


RULES = _gathered("MOVES", KINDS)
SIDES = _gathered("SIDES", SIDE_NAMES)
MANNERS = tuple((*MANNER_VALUES[name], patterns) for name, patterns in _gathered("MANNERS", tuple(MANNER_VALUES)))
# What follows happens afterwards.
THEN: tuple[str, ...] = (*(p for words in LANGUAGES for p in words.THEN), r"[;；→]|->")
# What follows happens at the same time.
AND: tuple[str, ...] = (r"[,，、。.!！?？&+]", *(p for words in LANGUAGES for p in words.AND))
# "From left to right" goes to the right: what stands before it is no side of the movement.
FROM: tuple[str, ...] = (
    r"\bfrom (?:the )?(?:left|right) (?=to\b)",
    r"\bvon (?:links|rechts) (?=nach\b)",
    r"\bde (?:la )?(?:izquierda|derecha) (?=a\b)",
    r"[从從][左右][边侧邊]?(?=[到往向])",
    r"(?:왼쪽|오른쪽)에서 ?(?=왼쪽|오른쪽)",
)
