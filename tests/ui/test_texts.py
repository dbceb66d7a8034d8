"""Every text in every language: complete, with the same placeholders, and chosen rightly."""

from __future__ import annotations

import re
import string

import pytest

from tests.browser.engine import small_catalog
from tryon.catalog import build_catalog
from tryon.errors import BadNumber, NoPerson, every_error
from tryon.events import Failed
from tryon.notes import SENTENCES, note
from tryon.types import Note
from tryon.ui.assets import samples
from tryon.ui.texts import (
    CHIPS,
    DEFAULT,
    TABLES,
    Tongue,
    component_tables,
    english_errors,
    english_notes,
    models,
    tongue,
)

OTHERS = tuple(code for code in TABLES if code != DEFAULT)


def places(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("which", ["PAGE", "ERRORS", "NOTES"])
def test_tables_are_complete(code: str, which: str) -> None:
    english = {"PAGE": TABLES[DEFAULT].PAGE, "ERRORS": english_errors(), "NOTES": english_notes()}[which]
    table = getattr(TABLES[code], which)
    assert set(table) == set(english)
    assert {key: places(text) for key, text in table.items()} == {key: places(text) for key, text in english.items()}
    assert all(text.strip() for text in table.values())


@pytest.mark.parametrize("code", OTHERS)
def test_texts_are_translated(code: str) -> None:
    english = TABLES[DEFAULT].PAGE
    same = [key for key, text in TABLES[code].PAGE.items() if text == english[key] and any(c.isalpha() for c in text)]
    assert len(same) < 12, same  # names and abbreviations may stay


@pytest.mark.parametrize("code", TABLES)
@pytest.mark.parametrize("error", every_error(), ids=lambda cls: cls.code)
def test_every_error_has_its_sentence(code: str, error: type) -> None:
    values = {name: f"<{name}>" for name in places(error.sentence)}
    sentence = Tongue(code).error(error(**values))
    assert all(value in sentence for value in values.values())


@pytest.mark.parametrize("code", TABLES)
@pytest.mark.parametrize("name", SENTENCES)
def test_every_note_has_its_sentence(code: str, name: str) -> None:
    values = {place: f"<{place}>" for place in places(SENTENCES[name])}
    sentence = Tongue(code).note(note(name, **values))
    values.pop("examples", None)  # the page puts its own in
    assert sentence and all(value in sentence for value in values.values())


def test_numbers_name_their_control() -> None:
    error = BadNumber(name="The length", low=1, high=5, value=9, where="seconds")
    assert Tongue("de").error(error) == "Die Länge muss zwischen 1 und 5 liegen, nicht 9."
    assert Tongue("en").error(error) == "The length must be between 1 and 5, not 9."


def test_words_inside_sentences_are_translated() -> None:
    assert "무릎" in Tongue("ko").note(note("person_cut", where="knees"))


@pytest.mark.parametrize("code", OTHERS)
def test_titles_of_samples_are_translated(code: str) -> None:
    titles = {sample.title for which in ("people", "garments") for sample in samples(which)}
    assert set(TABLES[code].SAMPLES) == titles
    assert Tongue(code).sample("Blue jeans") != "Blue jeans" and Tongue("en").sample("Blue jeans") == "Blue jeans"


@pytest.mark.parametrize("code", OTHERS)
def test_the_embedded_engine_is_described_in_every_language(code: str) -> None:
    assert set(TABLES[code].ABOUT) >= {"warp", "motion"}
    assert Tongue(code).about("unknown", "English") == "" and Tongue("en").about("unknown", "English") == "English"


@pytest.mark.parametrize("code", OTHERS)
def test_licences_that_are_sentences_are_translated(code: str) -> None:
    """Names of licences stay as they are; what is said about them does not."""
    prose = re.compile(r"\b(code|weights|with|without|from|only|after|your|none|began|the|are)\b")
    specs = [entry.spec for entry in build_catalog().entries if entry.spec.kind in ("transfer", "video")]
    sentences = {spec.licence for spec in specs if prose.search(spec.licence)} | {"Built-in", "Built-in motion"}
    assert [text for text in sentences if Tongue(code).word(text) == text] == []
    assert Tongue(code).word("CC-BY-NC-SA-4.0") == "CC-BY-NC-SA-4.0"
    assert set(models.WORDS[code]) <= sentences | {spec.title for spec in specs}, "none that no model has any more"


@pytest.mark.parametrize("code", OTHERS)
def test_what_the_motion_engine_says_is_translated(code: str) -> None:
    from tryon.video import motion_report

    words = TABLES[code].WORDS
    for table in (motion_report._WORDS, motion_report._WHAT, motion_report._INSTEAD):
        assert [text for text in table.values() if text not in words] == []


def test_chains_of_moves_are_translated() -> None:
    done = note("motion_done", done="turns left slowly and waves with both hands, then walks towards the camera")
    assert Tongue("de").note(done) == (
        "Bewegung: dreht sich (nach links, langsam) und winkt (mit beiden Händen), dann geht auf die Kamera zu."
    )
    odd = note("motion_done", done="flies and waves")
    assert Tongue("de").note(odd) == "Bewegung: flies and waves."


def test_examples_are_those_of_the_page() -> None:
    assert "走向镜头" in Tongue("zh-CN").note(note("motion_default", examples="walks"))


def test_unknown_codes_keep_their_english() -> None:
    assert Tongue("zh-CN").note(Note("new_note", "Something new.", {})) == "Something new."
    assert Tongue("es").error(Failed("new_error", "Something broke.", {})) == "Something broke."
    assert Tongue("ko").error(Failed("too_busy", "Busy.", {})) == "Busy."  # a value is missing


def test_failed_and_error_say_the_same() -> None:
    error = NoPerson()
    assert Tongue("de").error(Failed(error.code, error.text, error.values, error.where)) == Tongue("de").error(error)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        (None, "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("zh-TW,zh;q=0.9", "zh-CN"),
        ("zh-Hans-CN", "zh-CN"),
        ("ko-KR", "ko"),
        ("fr,es;q=0.5", "es"),
        ("fr-FR,pt", "en"),
        ("en-US,de;q=0.9", "en"),
        ("de;q=0", "en"),
        ("*", "en"),
        (";;;,,,q=1", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_language_of_a_request(header: str | None, code: str) -> None:
    assert tongue(header).code == code


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (59.6, "60 s"), (89, "89 s"), (90, "2 min"), (600, "10 min")]
)
def test_rough_times(seconds: float, text: str) -> None:
    assert Tongue("en").time(seconds) == text


def test_components_get_all_languages() -> None:
    tables = component_tables()
    assert set(TABLES) <= set(tables) and tables["zh-TW"] == tables["zh-CN"]


@pytest.mark.parametrize("code", TABLES)
@pytest.mark.parametrize(("chip", "kind"), list(zip(CHIPS, ("turn", "approach", "push"), strict=True)))
def test_examples_are_understood_in_every_language(code: str, chip: str, kind: str) -> None:
    from tryon.video.motion_grammar import read_sentence

    assert [move.kind for step in read_sentence(Tongue(code)(chip)).steps for move in step] == [kind]


def test_small_catalogue_is_sound() -> None:
    assert {entry.spec.kind for entry in small_catalog().entries} == {"parser", "garment", "transfer", "video"}
