"""Edges: the guided filter, the contour and the outline."""

from __future__ import annotations

import numpy as np

from tryon.parsing.colour import Colours, alike, weigh
from tryon.parsing.refine import GuidedFilter, contour, keep_largest, soft_outline, strongest
from tryon.types import LABEL, LABELS


def picture() -> np.ndarray:
    image = np.full((120, 90, 3), 210, np.uint8)
    image[20:100, 30:60] = (40, 60, 120)
    return image


def blurred() -> np.ndarray:
    """The truth of picture(), shifted by two pixels: what a coarse network says."""
    plane = np.zeros((120, 90), np.float32)
    plane[22:102, 32:62] = 1
    return plane


def test_filter_keeps_what_is_even_and_follows_edges() -> None:
    guide = GuidedFilter(picture(), (120, 90), radius=4, epsilon=1e-4)
    assert np.allclose(guide.full(np.full((120, 90), 0.3, np.float32)), 0.3, atol=1e-4)
    truth = picture()[..., 0] < 100
    before = ((blurred() > 0.5) != truth).sum()
    after = ((guide.full(blurred()) > 0.5) != truth).sum()
    assert after < before / 2


def test_contour_finds_the_edge() -> None:
    person = contour(picture(), 1 - blurred())
    truth = picture()[..., 0] < 100
    assert ((person > 0.5) == truth).mean() > ((blurred() > 0.5) == truth).mean()


def test_contour_without_seeds_is_the_networks_view() -> None:
    unsure = np.full((120, 90), 0.4, np.float32)
    assert np.allclose(contour(picture(), unsure), 0.6)


def test_specks_go_and_pinholes_close() -> None:
    mask = np.zeros((200, 200), bool)
    mask[40:160, 40:160] = True
    mask[100, 100] = False
    mask[5:8, 5:8] = True
    kept = keep_largest(mask)
    assert kept[100, 100] and not kept[6, 6] and kept.sum() == 120 * 120


def test_outline_is_soft_and_strongest_picks_the_plane() -> None:
    guide = GuidedFilter(picture(), (60, 45), radius=2, epsilon=1e-3)
    mask = np.zeros((60, 45), bool)
    mask[10:50, 15:30] = True
    alpha = soft_outline(guide, mask)
    assert alpha.shape == (120, 90) and alpha[60, 45] > 240 and alpha[5, 5] < 15
    index = strongest(guide, np.stack([1.0 - mask, mask]).astype(np.float32))
    assert index[60, 45] == 1 and index[5, 5] == 0


def test_a_sleeve_of_cloth_colour_is_no_skin() -> None:
    picture = np.full((100, 60, 3), 230, np.uint8)
    picture[5:25, 20:40] = (220, 170, 140)  # face
    picture[25:80, 20:40] = (40, 60, 160)  # shirt
    picture[30:80, 5:15] = (40, 60, 160)  # sleeve
    picture[30:80, 45:55] = (220, 170, 140)  # bare arm
    names = LABELS
    planes = np.zeros((len(names), 100, 60), np.float32)
    planes[LABEL["face"], 5:25, 20:40] = 0.9
    planes[LABEL["upper"], 25:80, 20:40] = 0.9
    for side, columns in (("right_arm", slice(5, 15)), ("left_arm", slice(45, 55))):
        planes[LABEL[side], 30:80, columns] = 0.6
        planes[LABEL["upper"], 30:80, columns] = 0.3
    planes[0] = 1 - planes.sum(0)
    weighed = weigh(planes, names, Colours(picture))
    assert np.allclose(weighed.sum(0), planes.sum(0), atol=1e-4)
    assert weighed[:, 50, 10].argmax() == LABEL["upper"] and weighed[:, 50, 50].argmax() == LABEL["left_arm"]


def test_two_colours_part_top_and_bottom() -> None:
    picture = np.full((100, 60, 3), 230, np.uint8)
    picture[10:50, 10:50], picture[50:95, 10:50] = (200, 40, 40), (30, 30, 60)
    planes = np.zeros((len(LABELS), 100, 60), np.float32)
    planes[LABEL["upper"], 10:80, 10:50] = 0.7
    planes[LABEL["skirt"], 10:80, 10:50] = 0.2
    planes[LABEL["skirt"], 80:95, 10:50] = 0.9
    planes[0] = 1 - planes.sum(0)
    colours = Colours(picture)
    halves = colours.halves(planes, LABELS, (52.0, 40.0))
    assert halves is not None and alike(halves) < 0.2
    parted = colours.part(planes, LABELS, halves)
    assert parted[:, 70, 30].argmax() == LABEL["skirt"] and parted[:, 30, 30].argmax() == LABEL["upper"]
    assert colours.halves(planes, LABELS, None) is None
