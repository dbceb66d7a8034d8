"""Nothing that a user wrote becomes HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.events import Facts
from tryon.ui import result, view
from tryon.ui.html import Markup, escape, join, tag
from tryon.ui.texts import Tongue

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "\u202egnp.exe",
    "a\x00b",
    "x" * 10_000,
)


class Tags(HTMLParser):
    """Collects the names of elements and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [name, *(key for key, _ in attributes)]


def elements(text: str) -> list[str]:
    parser = Tags()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize("text", HOSTILE)
def test_text_and_attributes_are_escaped(text: str) -> None:
    made = tag("p", text, title=text, data_x=text)
    assert elements(made) == ["p", "title", "data-x"]
    assert "\u202e" not in made and "\x00" not in made


@given(st.text(max_size=200))
def test_no_text_makes_an_element(text: str) -> None:
    assert elements(tag("p", text)) == ["p"]


def test_markup_is_kept_and_the_rest_is_not() -> None:
    assert join("<b>", Markup("<b>"), None, False, 3) == "&lt;b&gt;<b>3"
    assert escape(Markup("<i>")) == "<i>"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (tag("img", src="a", alt=""), '<img src="a" alt="">'),
        (tag("video", muted=True, loop=None, autoplay=False), "<video muted></video>"),
        (tag("label", for_="x", class_="y"), '<label for="x" class="y"></label>'),
        (tag("i", aria_hidden="true"), '<i aria-hidden="true"></i>'),
    ],
)
def test_tags(made: str, expected: str) -> None:
    assert made == expected


@pytest.mark.parametrize("text", HOSTILE)
def test_sentences_facts_and_names_are_escaped(text: str) -> None:
    say = Tongue("en")
    facts = Facts(
        transfer=text,
        video=text,
        prompt=text,
        category="top",
        seed=1,
        width=2,
        height=2,
        frames=2,
        fps=2,
        quality="draft",
        steps=(1, 1),
        seconds=1,
    )
    look = result.Shown(
        id=text, base=f"/look/{text}", facts=facts, models=(text,), has_video=True, thumb=b"x", width=2, height=2
    )
    pages = (
        view.bad(text),
        view.remarks(say, (text,)),
        result.facts(say, look),
        result.screen(say, look, {}),
        result.actions(say, look),
        result.history(say, (look, look), text),
    )
    for page in pages:
        assert "script" not in elements(page)
        assert not any(name.startswith("on") for name in elements(page))
        assert "<img src=x" not in page
