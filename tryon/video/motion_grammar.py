"""A sentence in English, Chinese, Korean, Spanish or German -> what shall move, step by step. See docs/motion.md.

All five languages are searched at once (nobody says which one is spoken, and words of two may be mixed). Left and
right of a body movement are the person's own; of the camera, and with "viewer's left", those of the picture.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from tryon.video import motion_words as words

# A move that is part of others.
CONTAINED: dict[str, tuple[str, ...]] = {
    "walk": ("approach", "back", "away", "aside"), "raise": ("wave",), "sway": ("dance",), "show": ("around",),
}  # fmt: skip
Side: TypeAlias = Literal["", "left", "right", "up", "down", "both"]

CAMERA = frozenset({"push", "pull", "orbit", "tilt", "pan", "hold"})
IMPOSSIBLE = frozenset({"jump", "sit", "smile", "hair", "away", "around", "aside"})
# Movements of one group need the same joints, so two of them in one step follow each other.
GROUPS: dict[str, str] = {
    "push": "dolly", "pull": "dolly", "orbit": "orbit", "pan": "pan", "tilt": "tilt", "hold": "hold",
    "turn": "trunk", "around": "trunk", "show": "trunk", "look": "head", "walk": "gait", "approach": "gait",
    "back": "gait", "away": "gait", "aside": "gait", "wave": "arms", "raise": "arms", "hips": "arms", "sway": "hips",
    "weight": "hips", "dance": "hips", "stand": "stand", "wind": "wind", "breathe": "breath", "jump": "jump",
    "sit": "sit", "smile": "smile", "hair": "arms_hair",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One movement. Body sides are the person's own, camera sides the picture's."""

    kind: str  # a key of GROUPS
    side: Side = ""
    speed: float = 1.0  # 1 normal, below slow, above quick
    strength: float = 1.0  # 1 normal


@dataclass(frozen=True, slots=True)
class Script:
    """Steps that follow each other; the moves of a step happen together. No steps: nothing was recognised."""

    steps: tuple[tuple[Move, ...], ...]

    @property
    def moves(self) -> tuple[Move, ...]:
        return tuple(move for step in self.steps for move in step)


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    kind: str


def fold(sentence: str) -> str:
    """Lower case, compatibility forms composed, accents of Latin letters gone (Hangul and the rest stay whole)."""
    text = unicodedata.normalize("NFKC", sentence).casefold().replace("’", "'")
    return "".join(_plain(c) for c in text)


def _plain(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() and base.isalpha() else character


def read_sentence(sentence: str) -> Script:
    """The script of a sentence of any length; unknown words are passed over."""
    text = _compiled(words.FROM).sub("", fold(sentence))
    steps: list[tuple[Move, ...]] = []
    for part in _split(text, words.THEN):
        moves = _moves(part)
        if not moves and steps:  # "turns left, then right"
            moves = _other_side(steps[-1], part)
        steps.extend(_sequenced(_merged(moves)))
    return Script(tuple(steps))


def _other_side(before: tuple[Move, ...], rest: str) -> list[Move]:
    """The last movement of the step before again, to the side that is named now; nothing without one."""
    last = before[-1]
    side = _side(rest, last.kind)
    return [replace(last, side=side)] if side and last.side and side != last.side else []


@lru_cache(maxsize=512)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns))


def _split(text: str, marks: tuple[str, ...]) -> list[str]:
    return [part.strip() for part in _compiled(marks).split(text) if part and part.strip()]


def _moves(part: str) -> list[Move]:
    """Moves of one step in the order of the text."""
    found = _search(part)
    borders = [m.start() for m in _compiled(words.AND).finditer(_blank(part, found))]
    spans = list(zip([0, *borders], [*borders, len(part)], strict=True))
    moves: list[Move] = []
    for start, end in spans:
        inside = [f for f in found if start <= f.start < end]
        rest = _blank(part[start:end], (_Found(f.start - start, f.end - start, f.kind) for f in inside))
        if inside:
            moves.extend(_qualified(part, inside, rest, start))
        elif moves:
            moves.extend(_again(moves, rest))
    return moves


def _search(part: str) -> list[_Found]:
    """All matches of the rules; what one has matched is blanked for the next."""
    found: list[_Found] = []
    text = part
    for kind, patterns in words.RULES:
        hits = [_Found(m.start(), m.end(), kind) for m in _compiled(patterns).finditer(text) if m.end() > m.start()]
        found.extend(hits)
        text = _blank(text, hits)
    return sorted(found, key=lambda f: f.start)


def _blank(text: str, hits: Iterable[_Found]) -> str:
    for hit in hits:
        text = text[: hit.start] + "\0" * (min(hit.end, len(text)) - hit.start) + text[hit.end :]
    return text


def _qualified(part: str, inside: list[_Found], rest: str, offset: int) -> list[Move]:
    """The moves of one clause with the sides and manners that stand nearest to each."""
    moves = []
    for found in inside:
        own = part[found.start : found.end]
        before, after = found.start - offset, found.end - offset
        around = rest if len(inside) == 1 else _near(rest, before, after, inside, found, offset)
        # The words of the match itself count too ("turns her head left" may hold the side, "light breeze" the manner).
        text = f"{around} {own}"
        speed, strength = _manner(text)
        side = _side(text if found.kind not in ("approach", "push", "pull") else around, found.kind)
        moves.append(Move(kind=found.kind, side=side, speed=speed, strength=strength))
    return moves


def _near(rest: str, before: int, after: int, inside: list[_Found], found: _Found, offset: int) -> str:
    """From half-way to the previous match to half-way to the next: the words that belong to this one."""
    index = inside.index(found)
    low = (inside[index - 1].end - offset + before) // 2 if index else 0
    high = (after + inside[index + 1].start - offset) // 2 if index + 1 < len(inside) else len(rest)
    return rest[low:high]


def _again(moves: list[Move], rest: str) -> list[Move]:
    """A clause without a verb: "left and right" repeats the last move; a manner alone changes it."""
    last = moves[-1]
    side = _side(rest, last.kind)
    if side and last.side and side != last.side:
        return [replace(last, side=side)]
    speed, strength = _manner(rest)
    if side or speed != 1 or strength != 1:
        moves[-1] = replace(
            last, side=side or last.side, speed=last.speed * speed, strength=min(2.0, last.strength * strength)
        )
    return []


def _side(text: str, kind: str) -> Side:
    for name, patterns in words.SIDES:
        if _compiled(patterns).search(text):
            flips = kind not in CAMERA
            if name in ("view_left", "view_right"):
                left = (name == "view_left") != flips
                return "left" if left else "right"
            if name in ("up", "down") and kind not in ("tilt", "look"):
                continue
            if name == "both" and kind not in ("raise", "hips", "wave"):
                continue
            return name  # type: ignore[return-value]
    return ""


def _manner(text: str) -> tuple[float, float]:
    speed, strength = 1.0, 1.0
    for fast, strong, patterns in words.MANNERS:
        pattern = _compiled(patterns)
        if pattern.search(text):
            speed, strength = speed * fast, strength * strong
            text = pattern.sub("\0", text)
    return max(0.4, min(2.0, speed)), max(0.3, min(2.0, strength))


def _merged(moves: list[Move]) -> list[Move]:
    """Without moves that another one of the same step contains: "walking on a runway", "raises a hand and waves"."""
    kinds = {move.kind for move in moves}
    covered = {inner: kinds & set(outers) for inner, outers in CONTAINED.items() if kinds & set(outers)}
    result = []
    for move in moves:
        if move.kind in covered:
            continue
        lost = [other for other in moves if other.kind in covered and move.kind in covered[other.kind] and other.side]
        result.append(replace(move, side=lost[0].side) if lost and not move.side else move)
    return result


def _sequenced(moves: list[Move]) -> list[tuple[Move, ...]]:
    """Moves that need the same joints cannot happen together: the later starts a new step."""
    steps: list[list[Move]] = []
    for move in moves:
        group = GROUPS[move.kind]
        if steps and move in steps[-1]:
            continue
        if not steps or any(GROUPS[other.kind] == group for other in steps[-1]):
            steps.append([move])
        else:
            steps[-1].append(move)
    return [tuple(step) for step in steps]
