"""Every text of the page in its languages, and the choice of a language.

Components are translated in the browser by `gr.I18n`, from the same tables; what it does not reach (HTML
and messages from Python) is filled in here, in the language of the request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from tryon.errors import TryonError, Value
from tryon.events import Failed
from tryon.notes import SENTENCES
from tryon.types import Note
from tryon.ui.texts import de, en, es, ko, models, zh

DEFAULT = "en"
CHIPS = ("chip_1", "chip_2", "chip_3")  # example sentences under the prompt
MANNERS = ("with both hands", "a little", "slowly", "quickly", "left", "right", "up", "down")
TABLES: Mapping[str, ModuleType] = {"en": en, "zh-CN": zh, "ko": ko, "es": es, "de": de}
# Other names under which a browser may ask for a language of ours.
_ALIASES = {"zh": "zh-CN", "zh-TW": "zh-CN", "zh-HK": "zh-CN", "zh-Hans": "zh-CN", "zh-Hant": "zh-CN"}


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language. Calling it gives a text of the page."""

    code: str

    def __call__(self, key: str, **values: Value) -> str:
        """The text `key` with its values filled in. KeyError for an unknown key."""
        return str(TABLES[self.code].PAGE[key]).format(**values)

    def sample(self, title: str) -> str:
        """The title of one of our own pictures."""
        return str(TABLES[self.code].SAMPLES.get(title, title))

    def about(self, name: str, english: str) -> str:
        """What a model is good at; empty where this language has no sentence for it: better none than a foreign one."""
        return english if self.code == DEFAULT else str(TABLES[self.code].ABOUT.get(name, ""))

    def word(self, value: Value) -> Value:
        """A value of a sentence in this language, where it is a word, a model's title or licence, or a chain of moves
        that we know."""
        if not isinstance(value, str):
            return value
        words: Mapping[str, str] = {**TABLES[self.code].WORDS, **models.WORDS.get(self.code, {})}
        if value in words or "then" not in words:
            return words.get(value, value)
        steps = [[_move(words, move) for move in step.split(" and ")] for step in value.split(", then ")]
        if any(move is None for step in steps for move in step):
            return value
        return words["then"].join(words["and"].join(map(str, step)) for step in steps)

    def note(self, note: Note) -> str:
        """A note's sentence; a note that we have no sentence for keeps its English."""
        if self.code == DEFAULT:
            return note.text
        return self._filled(TABLES[self.code].NOTES.get(note.code), note.values, note.text)

    def error(self, error: TryonError | Failed) -> str:
        """An error's sentence, with the control's own name in sentences about numbers."""
        where = error.field if isinstance(error, Failed) else error.where
        values = dict(error.values)
        if error.code == "bad_number" and f"field_{where}" in en.PAGE:
            values["name"] = self(f"field_{where}")
        elif self.code == DEFAULT:
            return error.text
        return self._filled(TABLES[self.code].ERRORS.get(error.code), values, error.text)

    def time(self, seconds: float) -> str:
        """A rough length of time: seconds below 90, minutes above."""
        if seconds < 90:
            return self("time_seconds", seconds=max(1, round(seconds)))
        return self("time_minutes", minutes=round(seconds / 60))

    def _value(self, name: str, value: Value) -> Value:
        if name == "examples":  # the page's own, in its language
            return ", ".join(f"“{self(chip)}”" for chip in CHIPS)
        return self.word(value)

    def _filled(self, sentence: object, values: Mapping[str, Value], fallback: str) -> str:
        if sentence is None:
            return fallback
        try:
            return str(sentence).format(**{key: self._value(key, value) for key, value in values.items()})
        except (KeyError, IndexError):  # a sentence of another version
            return fallback


def _move(words: Mapping[str, str], text: str) -> str | None:
    """One move with its manners: "turns left slowly" -> the words for turns (left, slowly). None: not ours."""
    manners: list[str] = []
    while text not in words:
        for manner in MANNERS:
            if text.endswith(f" {manner}"):
                text = text[: -len(manner) - 1]
                manners.insert(0, words[manner])
                break
        else:
            return None
    return f"{words[text]} ({', '.join(manners)})" if manners else words[text]


def tongue(accept_language: str | None) -> Tongue:
    """The best of our languages for an Accept-Language header; English when none fits."""
    wishes = []
    for index, part in enumerate((accept_language or "")[:400].split(",")):
        name, _, weight = part.strip().partition(";")
        found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d*)?)\s*", weight)
        wishes.append((-(float(found[1]) if found else 1.0), index, name.strip()))
    for weight_, _, name in sorted(wishes):
        code = _known(name)
        if code and weight_ < 0:
            return Tongue(code)
    return Tongue(DEFAULT)


def _known(name: str) -> str | None:
    for candidate in (name, name.split("-")[0]):
        candidate = _ALIASES.get(candidate, candidate)
        for code in TABLES:
            if code.lower() == candidate.lower():
                return code
    return None


def component_tables() -> dict[str, dict[str, str]]:
    """What gr.I18n gets: the page table of every language, also under the other names of Chinese."""
    tables = {code: dict(table.PAGE) for code, table in TABLES.items()}
    return tables | {alias: tables[code] for alias, code in _ALIASES.items()}


def english_errors() -> dict[str, str]:
    """The English sentence of every error code."""
    from tryon.errors import every_error

    return {cls.code: cls.sentence for cls in every_error()}


def english_notes() -> dict[str, str]:
    """The English sentence of every note code."""
    return dict(SENTENCES)
