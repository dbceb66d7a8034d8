"""What a model is told: our description of the look, and the user's own words about the motion, verbatim."""

from __future__ import annotations

from typing import Any

from tryon.notes import note
from tryon.parsing.words import look
from tryon.spec import Prompting
from tryon.types import Note, Scene


def told(scene: Scene, prompting: Prompting, title: str, tokenizer: Any) -> tuple[str, Note | None]:
    """The prompt for a scene, and a note where the user's words had to be cut.

    Where it is too long for the model, our description goes first; only then are the user's words cut, at a word.
    """
    motion = scene.prompt.strip() or prompting.still
    whole = _joined(prompting, look(scene.look), motion)
    if fits(whole, prompting.tokens, tokenizer):
        return whole, None
    if fits(motion, prompting.tokens, tokenizer):
        return motion, None
    kept = cut(motion, prompting.tokens, tokenizer)
    return kept, note("prompt_cut", model=title, at=kept[-24:])


def _joined(prompting: Prompting, look: str, motion: str) -> str:
    return " ".join(prompting.template.format(look=look, motion=motion).split())


def fits(text: str, tokens: int, tokenizer: Any) -> bool:
    """Whether the model reads the whole text."""
    return tokenizer is None or len(tokenizer(text)["input_ids"]) <= tokens


def cut(text: str, tokens: int, tokenizer: Any) -> str:
    """The longest beginning that fits, ending at a word, or at a sign where there are no words between spaces."""
    ends = [place for place, sign in enumerate(text) if sign.isspace()] or list(range(1, len(text)))
    low, high = 0, len(ends)  # ends[:low] fit, ends[high:] do not
    while low < high:
        middle = (low + high) // 2
        if fits(text[: ends[middle]], tokens, tokenizer):
            low = middle + 1
        else:
            high = middle
    return text[: ends[low - 1]].rstrip() if low else ""
