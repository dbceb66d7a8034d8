"""Tests of a top beside a hand in a pocket."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.drawing import SKIN, draw_tshirt
from tests.transfer.test_remains import RED, WRIST, with_hand
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.bunched import MOST, Pocket, behind_arm, covers_elbow, lift, pocket_of, pushed_up
from tryon.transfer.warping.compose import dress
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.skin import read_figure
from tryon.transfer.warping.undress import meeting
from tryon.transfer.warping.wishes import read_wishes
from tryon.types import LABEL, Garment, Person, Photo

UNIT = 84.0
SHORTER = 48  # px: so much shorter a drawn T-shirt hangs little enough below the drawn pocket
POCKET = Pocket(inner=140.0, outer=160.0, rest=120.0)


def cloth(hem: int) -> np.ndarray:
    solid = np.zeros((200, 200), bool)
    solid[40:hem, 40:165] = True
    return solid


def shorter_tshirt(by: int) -> Garment:
    """The drawn T-shirt with its hem `by` px higher up and a V-neck: with a round one, so short, it would count as boxy
    and hang before the forearms."""
    shirt = draw_tshirt(RED)
    marks = {name: (x, y - by) if name.startswith("hem") else (x, y) for name, (x, y) in shirt.landmarks.items()}
    end = round(max(y for _, y in marks.values()))
    cutout, pixels = shirt.cutout.copy(), shirt.photo.pixels.copy()
    cutout[end:], pixels[end:] = 0, 246
    return replace(shirt, landmarks=marks, cutout=cutout, photo=Photo(pixels), neckline="v")


def test_a_top_rests_on_a_wrist_that_goes_into_a_pocket(person: Person) -> None:
    bent = with_hand(person, 14)
    result = dress(bent, shorter_tshirt(SHORTER), "top", None, read_wishes(""), 1)
    seen = np.isin(bent.labels, (LABEL["left_arm"], LABEL["left_hand"]))
    low = (cv2.erode(seen.astype(np.uint8), np.ones((9, 9))) > 0) & (np.arange(512)[:, None] > 200)
    assert low.sum() > 300
    assert np.abs(result.pixels - SKIN).max(axis=2)[low].max() < 60  # its shadow may lie on them
    assert (result.worn[low] < 0.1).all()


def test_a_hem_is_pushed_up_beside_the_pocket_alone_and_not_in_a_step() -> None:
    found = lift(cloth(132), POCKET, UNIT)
    assert found is not None
    up, hem = found
    assert up[150] == pytest.approx(12) and up[60] == 0 and hem[150] == 132
    assert np.diff(up[40:150]).min() >= 0 and np.diff(up[40:150]).max() < 1.2


@pytest.mark.parametrize("hem", [110, round(125 + MOST * UNIT)])
def test_a_hem_that_ends_above_a_pocket_or_far_below_it_hangs_as_it_does(hem: int) -> None:
    assert lift(cloth(hem), POCKET, UNIT) is None


def test_cloth_goes_behind_a_forearm_little_by_little(person: Person) -> None:
    bent = with_hand(person, 14)
    body = read_body(bent)
    regions = read_regions(bent, body)
    beside = behind_arm(body, regions, read_figure(body, regions), "right") > 0.5
    arm = body.arms["right"]
    rows = (round(float(arm.at(share * float(arm.arc[-1]))[0][1])) for share in (0.58, 0.84))
    first, last = (
        float(np.flatnonzero(beside[row])[0] - np.interp(row, arm.points[:, 1], arm.points[:, 0])) for row in rows
    )
    assert last < 4 and first > last + 0.4 * float(arm.half.mean())


def test_the_hem_goes_up_with_its_cloth_and_ends_behind_the_forearm(person: Person) -> None:
    bent = with_hand(person, 14)
    body = read_body(bent)
    regions = read_regions(bent, body)
    figure = read_figure(body, regions)
    plain = put_on(shorter_tshirt(SHORTER), "top", body, regions, read_wishes(""), None)
    above = pushed_up(plain, body, regions, figure)
    before, after = plain.body > 0.5, above.body > 0.5
    assert pocket_of(body, regions, "left") is None and pocket_of(body, regions, "right") is not None
    assert (before == after)[:, : WRIST[0] - 90].all()
    rows, columns = np.arange(512), slice(WRIST[0] - 14, WRIST[0])
    assert (rows[:, None] * after).max(axis=0)[columns].max() < (rows[:, None] * before).max(axis=0)[columns].min()
    assert not (after & ~regions.person & (np.arange(384) > WRIST[0]) & (rows > 220)[:, None]).any()
    trunk = next(layer for layer in above.layers if layer.name.startswith("trunk"))
    inside = (cv2.erode(trunk.alpha, np.ones((7, 7))) > 0.99) & (rows > 210)[:, None]
    assert np.abs(trunk.rgb[inside] - RED).max() < 30


def test_an_arm_over_which_cloth_lies_from_the_elbow_on_goes_into_the_pocket_beneath_it(person: Person) -> None:
    bent = with_hand(person, 14)
    body = read_body(bent)
    everywhere = np.ones(bent.labels.shape, bool)
    assert covers_elbow(everywhere, body, "right") and not covers_elbow(~everywhere, body, "right")
    regions = read_regions(bent, body)
    plain = put_on(draw_tshirt(RED), "top", body, regions, read_wishes(""), None)
    wide = replace(plain, layers=[replace(layer, alpha=np.ones_like(layer.alpha)) for layer in plain.layers])
    assert pushed_up(wide, body, regions, read_figure(body, regions)) is wide


def test_a_hand_before_a_leg_is_no_part_of_it(person: Person) -> None:
    bent = with_hand(person, 14)
    body = read_body(bent)
    regions = read_regions(bent, body)
    figure = replace(read_figure(body, regions), legs=np.ones(bent.labels.shape, np.float32))
    area = (np.arange(512) < WRIST[1] + 4)[:, None] & (np.arange(384) > WRIST[0] - 20)
    flesh = np.zeros(area.shape, np.float32)
    assert not (meeting(flesh, area & ~regions.hands, body, regions, figure)[1] & regions.hands).any()
