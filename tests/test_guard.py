"""Prompt rules in the page's languages: what is refused and what is not."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import PromptRefused
from tryon.guard import check_prompt, clean_prompt

REFUSED = pytest.raises(PromptRefused)
FINE = nullcontext()


@pytest.mark.parametrize(
    ("prompt", "outcome"),
    [
        ("she turns slowly to the left", FINE),
        ("walks in stripes and a striped undershirt", FINE),
        ("dresses up and sways", FINE),
        ("Essex girl waves", FINE),
        ("sie dreht sich langsam nach links", FINE),
        ("gira lentamente hacia la izquierda", FINE),
        ("她慢慢向左转", FINE),
        ("천천히 왼쪽으로 돌아요", FINE),
        ("she is NAKED", REFUSED),
        ("un-dressed? undressing slowly", REFUSED),
        ("takes off her clothes", REFUSED),
        ("aparece desnuda", REFUSED),
        ("sie ist nackt", REFUSED),
        ("zieht sich aus", REFUSED),
        ("裸体", REFUSED),
        ("옷을 벗는다", REFUSED),
    ],
)
def test_prompts(prompt: str, outcome: Any) -> None:
    with outcome:
        check_prompt(prompt)


@given(st.text(max_size=80))
def test_a_clean_prompt_is_one_line_without_controls(text: str) -> None:
    clean = clean_prompt(text)
    assert clean == clean.strip() and "\n" not in clean and "\x00" not in clean and "\u202e" not in clean
    assert clean_prompt(clean) == clean
