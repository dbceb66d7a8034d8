"""Completed skin meets a hand without a step, whatever light the hand is in."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from tryon.transfer.warping.arrays import Array, grow
from tryon.transfer.warping.body import read_body, slender
from tryon.transfer.warping.limbs import ARM_AT, ARM_HALF, Limb, ending_at
from tryon.transfer.warping.order import led_into
from tryon.transfer.warping.reading import Regions, read_regions, shaded
from tryon.transfer.warping.skin import led_onto, read_figure
from tryon.transfer.warping.wrists import at_wrists, beside_cloth, in_line, led_over, own_strips, seamless
from tryon.types import Person

UNIT = 160.0  # px, shoulder distance


def scene() -> tuple[Array, Array, Array, Array]:
    """A forearm (rows 20..120) of one tone that was completed above a hand (120..180) darker towards its left, before
    a wall: completed and original pictures (220,160,3), and both areas (220,160) bool."""
    flesh, hand = np.zeros((220, 160), bool), np.zeros((220, 160), bool)
    flesh[20:120, 60:100], hand[120:180, 60:100] = True, True
    filled = np.full((220, 160, 3), 90, np.float32)
    filled[flesh | hand] = (230, 180, 150)
    base = np.full((220, 160, 3), 90, np.float32)
    base[hand] = np.array([150, 110, 90], np.float32) + 60 * ((np.nonzero(hand)[1] - 60) / 40)[:, None]
    return filled, base, flesh, hand


def test_a_wrist_takes_the_hands_colours_across_its_width() -> None:
    filled, base, flesh, hand = scene()
    led = led_over(filled, base, flesh, hand, UNIT)
    columns = slice(66, 94)
    before, after = (
        np.abs(one[117:119, columns].mean(axis=0) - base[122:124, columns].mean(axis=0)) for one in (filled, led)
    )
    assert before.max() > 60 and after.max() < 0.25 * before.max()


def test_the_wall_and_the_far_arm_keep_their_colours() -> None:
    filled, base, flesh, hand = scene()
    led = led_over(filled, base, flesh, hand, UNIT)
    assert np.abs(led - filled)[20:40].max() < 1
    assert np.abs(led - filled)[:, :52].max() == 0 and np.abs(led - filled)[:, 108:].max() == 0


def test_without_a_hand_nothing_changes() -> None:
    filled, base, flesh, hand = scene()
    assert led_over(filled, base, flesh, np.zeros_like(hand), UNIT) is filled


def test_the_dark_line_of_a_cuffs_rim_is_no_hand() -> None:
    hands, cuff = np.zeros((120, 120), bool), np.zeros((120, 120), bool)
    cuff[20:50, 40:80], hands[50:100, 42:78] = True, True
    pixels = np.full((120, 120, 3), 240, np.uint8)
    pixels[hands] = (200, 150, 120)
    rim, gap = np.zeros_like(hands), np.zeros_like(hands)
    rim[50:55, 42:45], gap[85:98, 60:62] = True, True
    pixels[rim | gap] = (70, 50, 40)
    found = shaded(pixels, hands, cuff, 120.0)
    assert found[rim].all() and not found[gap].any(), "gaps between fingers stay"
    assert not (found & ~hands).any() and found.sum() < 3 * rim.sum()
    assert not shaded(pixels, cuff & hands, cuff, 120.0).any()


def ended_at(corners: list[tuple[int, int]]) -> Limb:
    """An upright arm down to y 180, led to a hand with these corners."""
    at = np.linspace(20, 180, 17)
    limb = Limb(points=np.stack([np.full(17, 100.0), at], axis=1), half=np.linspace(16, 9, 17), bend=80.0, seen=True)
    hand = np.zeros((260, 200), np.uint8)
    cv2.fillPoly(hand, [np.array(corners)], 1)
    return ending_at(limb, hand > 0, 110.0)


def test_an_arm_ends_in_the_middle_of_a_hand_that_a_cuff_cuts_aslant() -> None:
    ended = ended_at([(88, 196), (114, 184), (114, 240), (88, 240)])
    assert abs(ended.points[-1, 0] - 101) < 2.5
    assert ended.half[-1] > 11


def test_a_wrist_is_as_wide_as_the_hand_below_it_however_a_cuff_cuts_it() -> None:
    ended = ended_at([(86, 192), (114, 184), (114, 240), (86, 240)])
    point, _, half = ended.at(float(ended.arc[-1]))
    assert abs(point[0] - half - 86) < 1 and abs(point[0] + half - 114) < 1


def test_an_arm_in_a_wide_sleeve_is_as_slender_as_most_and_its_wrist_stays(person: Person) -> None:
    arm = read_body(person).arms["left"]
    share = arm.arc / arm.arc[-1]
    usual = np.interp(share, ARM_AT, ARM_HALF) * 84.0
    stout, tight = replace(arm, half=1.1 * usual), replace(arm, half=0.8 * usual)
    upper, last = share < 0.7, share > 0.99
    assert (slender(stout, 84.0).half[upper] < 0.9 * usual[upper]).all()
    above, below = (slender(stout, 84.0).half[np.abs(share - at) < 0.07] for at in (0.3, 0.65))
    assert (above < 0.84 * usual[np.abs(share - 0.3) < 0.07]).all(), "upper arms are slimmer by more than forearms"
    assert above.min() > below.max(), "and still no thinner than those"
    np.testing.assert_allclose(slender(stout, 84.0).half[last], 1.1 * usual[last])
    forearm = slender(stout, 84.0).half[(share > 0.6) & (share < 0.92)]
    assert (np.diff(forearm) < 0).all() and forearm[-1] < usual[share < 0.92][-1]
    np.testing.assert_allclose(slender(tight, 84.0).half, tight.half)


def sleeved(person: Person) -> tuple[Regions, Array, Array, Array, Array]:
    """The person's own forearms in sleeves whose cuffs end unevenly beside trousers, undressed: regions, bare skin
    (h,w) 0..1, what is replaced (h,w) bool, the drawn arms (h,w) 0..1, and one sleeve's outer and inner teeth."""
    body = read_body(person)
    regions = read_regions(person, body)
    arms = read_figure(body, regions).arms
    forearms = (arms > 0.5) & regions.arms & ~regions.hands
    teeth = grow(forearms, 4) & ~forearms & ~regions.hands & (np.arange(len(arms))[:, None] // 6 % 2 == 0)
    area = (forearms | teeth) & ~regions.hands
    told = replace(regions, upper=area, lower=~area & ~regions.hands, skin=np.zeros_like(area))
    return told, np.ones(area.shape, np.float32), area, arms, teeth


def test_a_completed_forearm_runs_smoothly_into_its_hand_however_its_cuff_ended(person: Person) -> None:
    unit = read_body(person).unit
    regions, flesh, area, arms, teeth = sleeved(person)
    wrists = at_wrists(read_body(person), read_figure(read_body(person), regions))
    even, wide, outside = in_line(flesh, area, wrists, arms, regions, unit)
    near = grow(regions.hands, 0.2 * unit) & teeth
    drawn = (even > 0.5) & wide
    assert near.sum() > 20
    rough, smooth = (int(((one[1:] != one[:-1]) & grow(near, 2)[1:]).sum()) for one in (area, drawn))
    assert smooth < 0.5 * rough, "no teeth"
    assert not (wide & regions.hands).any() and (wide | ~area).all(), "hands stay, nothing old comes back"
    assert (outside | (even == flesh) | (even > 0.5)).all()
    far = ~grow(regions.hands, 0.6 * unit)
    assert (wide == area)[far].all() and (even == flesh)[far].all()
    nothing = in_line(flesh, np.zeros_like(area), wrists, arms, regions, unit)
    assert nothing[0] is flesh and not nothing[2].any()
    cropped = replace(regions, hands=np.zeros_like(area))
    nothing = in_line(flesh, area, wrists, arms, cropped, unit)
    assert nothing[0] is flesh and not nothing[2].any(), "no hand in the photo"
    bare = in_line(flesh, area, wrists, arms, replace(regions, upper=np.zeros_like(area)), unit)
    assert bare[0] is flesh and bare[1] is area, "an arm that was bare keeps the photo's edge"


def test_what_an_uneven_cuff_hid_of_trousers_has_their_colours() -> None:
    cloth, outside = np.zeros((120, 120), bool), np.zeros((120, 120), bool)
    cloth[:, 60:], outside[40:80, 54:60], outside[40:80, 10:14] = True, True, True
    base = np.full((120, 120, 3), 200, np.float32)
    base[cloth] = (20, 20, 60)
    ground = np.full((120, 120, 3), 240, np.float32)
    wall = np.zeros_like(cloth)
    filled = beside_cloth(ground, base, outside, cloth, wall, 120.0)
    assert np.abs(filled[40:80, 54:60] - (20, 20, 60)).max() < 4
    assert (filled == ground)[:, :54].all() and (filled == ground)[:, 60:].all()
    assert beside_cloth(ground, base, wall, cloth, wall, 120.0) is ground
    wall[:, 58:60] = True  # a gap
    assert (beside_cloth(ground, base, outside & ~wall, cloth, wall, 120.0) == ground).all()


def test_completed_skin_goes_over_into_the_hands_without_a_line() -> None:
    bared, hand = np.zeros((120, 80), bool), np.zeros((120, 80), bool)
    bared[20:60, 20:60], hand[60:100, 20:60] = True, True
    share = seamless(bared, hand, 160.0)
    down = share[59:100, 40]
    assert share[59:61, 30:50].min() > 0.9 and (np.diff(down) <= 1e-6).all(), "nowhere less and then more again"
    assert down[-1] == 0 and np.abs(np.diff(down)).max() < 0.3
    assert not seamless(np.zeros_like(bared), hand, 160.0).any()


def test_skin_is_led_into_a_hands_edge_beside_a_cuff_and_nowhere_else(person: Person) -> None:
    regions = read_regions(person, read_body(person))
    skin = np.ones(regions.hands.shape, np.float32)
    edge = grow(regions.hands, 2) & ~regions.hands
    cuff = edge & regions.arms
    assert led_into(skin, replace(regions, upper=cuff))[cuff].all()
    bare = led_into(skin, replace(regions, upper=np.zeros_like(cuff)))
    assert edge.any() and not bare[edge].any(), "a bare arm goes on into its hand as in the photo"
    assert bare[regions.hands].all()


def test_the_photos_own_strip_of_an_arm_stays_but_for_its_outline() -> None:
    skin, person, blank = (np.zeros((60, 60), bool) for _ in range(3))
    person[:, :40], skin[:, 30:40], blank[:, 33:] = True, True, True
    skin[20:24, 10:12] = blank[20:24, 10:12] = True  # a bit of an arm's shaded edge
    strips = own_strips(blank, skin, person, 80.0)
    assert strips[5:-5, 33:37].all()
    assert not strips[:, 38:].any() and not strips[:, :33].any()


def test_an_arms_light_goes_on_onto_the_hand() -> None:
    """A hand that begins higher along one edge of the wrist, as labels have it, shows no line of it."""
    across = np.linspace(0.6, 1.2, 40, dtype=np.float32)
    light = np.tile(across[None, :, None], (100, 1, 3))
    hands = np.zeros((100, 40), bool)
    hands[70:], hands[50:, :20] = True, True
    wrists = ~hands & (np.arange(100)[:, None] > 30)
    light[hands] = 0.4
    led = led_onto(light, wrists, hands)
    assert np.abs(np.diff(led[51:69, :, 0], axis=1)).max() < 0.1, "along the edge that runs down the arm"
    assert np.abs(led[70] - led[69]).max() < 0.1
    assert (led[~hands] == light[~hands]).all()
