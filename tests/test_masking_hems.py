"""The border of top and bottom follows the photo; the same cloth above and below keeps the border it has."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.masking.colours import in_shade_of
from tryon.masking.hems import with_fine_hem
from tryon.masking.maps import Array
from tryon.types import LABEL

UNIT = 150.0  # px, shoulder distance of the drawn figure


def drawn(top: tuple[int, int, int], stripes: tuple[int, int, int]) -> tuple[Array, Array, Array]:
    """A photo (300,240,3) of a plain top over a striped skirt, labels whose border wanders, and the truth."""
    truth = np.zeros((300, 240), np.uint8)
    truth[20:150, 40:200], truth[150:280, 40:200] = LABEL["upper"], LABEL["skirt"]
    wander = np.rint(150 + 6 * np.sin(np.arange(240) / 11)).astype(int)
    labels, rows = truth.copy(), np.arange(300)[:, None]
    cloth = truth > 0
    labels[cloth & (rows < wander)], labels[cloth & (rows >= wander)] = LABEL["upper"], LABEL["skirt"]
    photo = np.full((300, 240, 3), 200, np.uint8)
    photo[truth == LABEL["upper"]] = top
    photo[truth == LABEL["skirt"]] = top
    photo[(truth == LABEL["skirt"]) & ((np.arange(240) // 6 + rows // 6) % 2 == 0)] = stripes
    noise = np.random.default_rng(5).normal(0, 2, photo.shape)
    return np.clip(cv2.GaussianBlur(photo, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8), labels, truth


def test_a_hem_is_where_the_pattern_begins() -> None:
    photo, labels, truth = drawn((245, 245, 243), (30, 30, 35))
    fixed = with_fine_hem(labels, photo, UNIT)
    before, after = ((one != truth)[:, 48:192].sum() for one in (labels, fixed))
    assert before > 400 and after < 0.5 * before


def test_one_cloth_keeps_its_border() -> None:
    photo, labels, _ = drawn((90, 60, 120), (90, 60, 120))
    assert (with_fine_hem(labels, photo, UNIT) == labels).mean() > 0.999


def test_nothing_but_top_and_bottom_changes() -> None:
    photo, labels, _ = drawn((245, 245, 243), (30, 30, 35))
    labels[140:170, 100:140] = LABEL["left_hand"]
    fixed = with_fine_hem(labels, photo, UNIT)
    assert ((fixed != labels) <= np.isin(labels, (LABEL["upper"], LABEL["skirt"]))).all()


def test_the_blurred_edge_of_a_top_beside_an_arm_is_no_skirt() -> None:
    photo, labels, truth = drawn((245, 245, 243), (110, 100, 95))
    labels[:, 200:230] = truth[:, 200:230] = LABEL["left_arm"]
    photo[:, 200:230] = (120, 80, 60)
    photo[:, 199:201] = (180, 160, 150)
    fixed = with_fine_hem(labels, photo, UNIT)
    assert (fixed[20:130, 190:200] == LABEL["upper"]).all()


def test_trousers_in_the_shadow_of_a_black_tops_hem_are_none_of_it() -> None:
    black, blue = np.array([24, 22, 24]), np.array([70, 105, 165])
    dark = np.array([(20, 32, 52), (30, 46, 70), (24, 23, 25), (15, 14, 15)], np.uint8)
    assert in_shade_of(dark, blue, black).tolist() == [True, True, False, False]
    labels, pixels = np.zeros((300, 300), np.uint8), np.full((300, 300, 3), 225, np.uint8)
    labels[40:150, 80:220], labels[150:280, 80:220] = LABEL["upper"], LABEL["pants"]
    rng = np.random.default_rng(3)
    for rows, colour in ((slice(40, 150), black), (slice(150, 280), blue)):
        pixels[rows, 80:220] = np.clip(colour + rng.normal(0, 3, (pixels[rows, 80:220].shape)), 0, 255)
    light = np.clip((np.arange(300) - 150) / 12, 0.25, 1)[:, None, None]
    pixels[150:280, 80:220] = (pixels[150:280, 80:220] * light[150:280]).astype(np.uint8)
    result = with_fine_hem(labels, pixels, 100.0)
    assert (result[153:170, 85:215] == LABEL["pants"]).mean() > 0.97
    labels[144:150, 80:220] = LABEL["pants"]  # labels that miss the hem are mended as before
    assert (with_fine_hem(labels, pixels, 100.0)[144:148, 85:215] == LABEL["upper"]).mean() > 0.9
