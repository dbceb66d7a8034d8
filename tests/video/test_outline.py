"""The outline that the film cuts the person out by."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.types import LABEL
from tryon.video.relief.outline import corrected

HEIGHT, WIDTH = 640, 480
BODY = slice(120, 560), slice(180, 300)
BAG = slice(300, 360), slice(300, 326)  # beside the body, unknown to the outline
BOARD = slice(480, 520)  # behind the body, from side to side


def room(*, board: bool, bag: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picture, outline and labels of a dark figure before a wall."""
    wall = 182 + np.random.default_rng(1).normal(0, 1.5, (HEIGHT, WIDTH, 1))
    picture = np.repeat(np.clip(wall, 0, 255), 3, axis=2).astype(np.uint8)
    if board:
        picture[BOARD] = (222, 220, 216)
        picture[BOARD.stop - 4 : BOARD.stop] = (90, 86, 80)
    picture[BODY] = (40, 44, 60)
    if bag:
        picture[BAG] = (120, 60, 40)
    outline, labels = np.zeros((2, HEIGHT, WIDTH), np.uint8)
    outline[BODY] = 255
    labels[BODY] = LABEL["dress"]
    return picture, outline, labels


@pytest.mark.parametrize("board", [False, True])
@pytest.mark.parametrize("bag", [False, True])
def test_a_bag_is_found_and_a_skirting_board_is_not(board: bool, bag: bool) -> None:
    picture, outline, labels = room(board=board, bag=bag)
    result = corrected(picture, np.ones(outline.shape, bool), outline, labels)
    beside = np.ones(outline.shape, bool)
    beside[BODY[0].start - 3 : BODY[0].stop + 3, BODY[1].start - 3 : BODY[1].stop + 3] = False
    found = (result > 128) & beside
    middle = np.s_[BAG[0].start + 6 : BAG[0].stop - 6, BAG[1].start + 6 : BAG[1].stop - 6]
    assert found[middle].mean() > 0.9 if bag else not found[BAG].any()
    assert not found[BOARD].any()
