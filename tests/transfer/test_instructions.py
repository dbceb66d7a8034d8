"""What an edit model is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.drawing import draw_tshirt
from tryon.transfer.diffusion.instructions import instruction, layout, listed


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", []),
        ("turns slowly to the left", []),
        ("the shirt tucked in", ["with the hem tucked in"]),
        ("shirt untucked", ["with the hem left out"]),
        ("half-tucked, rolled-up sleeves",
         ["with the front of the hem tucked in and the back left out", "with the sleeves rolled up"]),
        ("sleeves pushed up", ["with the sleeves pushed up"]),
        ("an open jacket", ["worn open at the front"]),
        ("unbuttoned", ["worn open at the front"]),
        ("buttoned up", ["closed at the front"]),
        ("the jacket over the dress", ["the jacket worn over the dress"]),
        ("Ärmel hochgekrempelt", ["with the sleeves rolled up"]),
        ("衬衫塞进裤子", ["with the hem tucked in"]),
    ],
)  # fmt: skip
def test_layout(prompt: str, expected: list[str]) -> None:
    assert layout(prompt) == expected


def test_every_garment_has_its_picture() -> None:
    red, blue = draw_tshirt((200, 30, 30)), draw_tshirt((30, 60, 200))
    words = instruction((red, blue), "tucked in", "image {}")
    assert "in image 1" in words and "red" in words and "from image 2" in words
    assert "blue" in words and "from image 3" in words and "tucked in" in words
    assert "image 4" not in words


def test_what_we_are_not_sure_of_is_an_item() -> None:
    shoes = replace(draw_tshirt(), confidence=0.2)
    assert "the item from picture 2" in instruction((shoes,), "")


def test_listed() -> None:
    assert [listed("abc"[:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
