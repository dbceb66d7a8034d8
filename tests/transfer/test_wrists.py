"""Completed skin meets a hand without a step, whatever light the hand is in."""

from __future__ import annotations

import numpy as np

from tryon.transfer.warping.arrays import Array
from tryon.transfer.warping.wrists import led_over

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
