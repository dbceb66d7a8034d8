"""What a person wears: dresses, jumpsuits, tops with trousers or skirts, jackets and coats over them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tryon.train.parser.assets import Fitted
from tryon.train.parser.body import FOOT_L
from tryon.train.parser.clothes import (
    FAR,
    random_cut,
    wear_legwear,
    wear_low_shoes,
    wear_skirt,
    wear_top,
    wear_trousers,
)
from tryon.train.parser.layers import Dressing, ring
from tryon.types import LABEL

WAIST = 1.7  # dm, narrowest part of the base mesh


@dataclass(frozen=True)
class Suits:
    tops: dict[str, Fitted]
    bottoms: dict[str, Fitted]


def dress_person(d: Dressing, suits: Suits) -> str:
    """Puts a random outfit on; returns its kind."""
    k = d.rng.random() + (0.36 if d.figure.male > 0.5 else 0.0)
    if k < 0.41:
        wear_dress(d)
        kind = "dress"
    elif k < 0.46:
        wear_jumpsuit(d)
        kind = "jumpsuit"
    else:
        wear_two_pieces(d, suits)
        kind = "two pieces"
    if d.rng.random() < (0.1 if kind == "dress" else 0.19):
        wear_outer(d)
    return kind


def wear_dress(d: Dressing) -> None:
    """One cloth from the shoulders to the hem: fitted, A-line, empire, shift or shirt dress, at times belted."""
    rng, body = d.rng, d.body
    look, fold = d.seed(), float(rng.uniform(0.1, 0.8))
    cut = random_cut(rng, hem=-0.2, dress=True)
    style = str(rng.choice(["fitted", "a-line", "shift", "empire", "full"], p=[0.24, 0.28, 0.2, 0.1, 0.18]))
    loose = {"fitted": 0.0, "a-line": 0.1, "shift": 0.7, "empire": 0.15, "full": 0.05}[style] * rng.uniform(0.5, 1.3)
    width = {"fitted": -0.06, "a-line": 0.2, "shift": 0.1, "empire": 0.22, "full": 0.42}[style] + rng.normal(0, 0.05)
    hem = float(
        rng.choice([-1.9, -2.6, -3.4, -4.6, -5.6, -6.7], p=[0.17, 0.21, 0.22, 0.18, 0.13, 0.09]) + rng.normal(0, 0.25)
    )
    keep = wear_top(d, replace(cut, loose=loose, off=0.06), "dress", look, fold)
    d.hide(np.where(body.is_leg, -FAR, keep - 0.15))
    base = 1.06 + 0.1 * loose + (0.06 if style in ("shift", "full") else 0)
    wear_skirt(d, 1.84, hem, "dress", look, fold, width, base)
    d.hide(np.where(body.is_arm | (body.y > 1), -FAR, body.y - max(hem, -3) - 0.2))
    if rng.random() < 0.16:  # a second, shorter tier of the same cloth: ruffles, peplum, overskirt
        wear_skirt(d, 1.84, hem + rng.uniform(0.6, 2.5), "dress", look, fold, width + 0.12, base + 0.05)
    if rng.random() < 0.28:
        wear_belt(d, WAIST + (1.2 if style == "empire" else rng.normal(0, 0.1)), 1.12 + 0.1 * loose)


def wear_jumpsuit(d: Dressing) -> None:
    rng = d.rng
    look, fold = d.seed(), float(rng.uniform(0.1, 0.7))
    cut = random_cut(rng, hem=0.6, dress=True)
    keep = wear_top(d, replace(cut, loose=cut.loose * 0.4, off=0.06), "jumpsuit", look, fold)
    d.hide(keep - 0.12)
    length = float(rng.choice([0.35, 0.6, 1.5, 2.05], p=[0.2, 0.15, 0.15, 0.5]) + rng.normal(0, 0.05))
    keep = wear_trousers(d, 1.5, length, abs(rng.normal(0, 0.25)), "jumpsuit", look, fold, rng.uniform(0, 0.25))
    d.hide(keep - 0.12)
    if rng.random() < 0.4:
        wear_belt(d, WAIST, 1.12)


def wear_two_pieces(d: Dressing, suits: Suits) -> None:
    rng = d.rng
    waist = float(rng.uniform(0.9, 2.1))
    look = d.seed()
    fold = float(rng.uniform(0.1, 0.7))
    k = rng.random()
    if k < 0.12:
        piece = suits.bottoms[str(rng.choice(list(suits.bottoms)))]
        d.from_fitted(piece, "cloth", LABEL["pants"], look=look, fold=fold)
        d.hide(np.where(piece.hides, 1, -1e3))
    elif k < 0.68:
        _trousers(d, waist, look, fold)
    else:
        _skirt(d, waist, look, fold)
    matching = rng.random() < 0.1  # a set: only the hem, a belt or bare skin tells it from a dress
    _top(d, suits, waist, look if matching else d.seed(), matching)


def _trousers(d: Dressing, waist: float, look: int, fold: float) -> None:
    rng = d.rng
    lengths, odds = [0.3, 0.5, 0.9, 1.5, 1.85, 2.06], [0.09, 0.1, 0.07, 0.07, 0.3, 0.37]
    length = float(rng.choice(lengths, p=odds) + rng.normal(0, 0.05))
    wide = float(rng.uniform(0, 0.05) if rng.random() < 0.3 else abs(rng.normal(0, 0.25)))
    if length < 1:
        wide *= 0.6
    d.hide(wear_trousers(d, waist, length, wide, "pants", look, fold, rng.uniform(0, 0.3)) - 0.12)


def _skirt(d: Dressing, waist: float, look: int, fold: float) -> None:
    rng, body = d.rng, d.body
    hem = float(rng.choice([-1.7, -2.6, -3.6, -5, -6.7], p=[0.3, 0.2, 0.2, 0.18, 0.12]) + rng.normal(0, 0.25))
    waist = min(waist, 1.84)
    width = float(rng.uniform(-0.1, 0.4))
    wear_skirt(d, waist, hem, "skirt", look, fold, width, 1.04)
    if width > 0.1 and rng.random() < 0.15:
        wear_skirt(d, waist, hem + rng.uniform(0.5, 2.0), "skirt", look, fold, width + 0.1, 1.08)
    under = np.minimum(np.where(body.is_arm, -FAR, waist - body.y), body.y - max(hem, -2.8))
    d.hide(np.where(body.is_arm, -FAR, under - 0.2))


def _top(d: Dressing, suits: Suits, waist: float, look: int, matching: bool) -> None:
    rng, body = d.rng, d.body
    fold = float(rng.uniform(0.12, 0.9))
    if not matching and rng.random() < 0.14:
        piece = suits.tops[str(rng.choice(list(suits.tops)))]
        d.from_fitted(piece, "cloth", LABEL["upper"], look=look, fold=fold)
        d.hide(np.where(piece.hides, 1, -1e3))
        return
    style = str(rng.choice(["tucked", "out", "cropped"], p=[0.0, 0.6, 0.4] if matching else [0.34, 0.54, 0.12]))
    hem = {
        "tucked": waist - 0.35,
        "out": float(rng.uniform(-1.3, 0.6)),
        "cropped": waist + float(rng.uniform(0.15, 1.0)),
    }[style]
    cut = random_cut(rng, hem=max(hem, 1.0))
    tucked = hem >= waist - 0.4
    cut = replace(cut, off=(0.02 if tucked else 0.1) + 0.05 * cut.loose, loose=cut.loose * (0.25 if tucked else 1))
    d.hide(wear_top(d, cut, "upper", look, fold) - 0.12)
    if hem < 1.0:
        base = 1.09 + 0.11 * cut.loose
        wear_skirt(d, 1.84, hem, "upper", look, fold, 0.05 * cut.loose, base)
        d.hide(np.where(body.is_arm | body.is_leg, -FAR, np.minimum(1.9 - body.y, body.y - hem) - 0.2))
    if (tucked or style == "cropped") and rng.random() < 0.4:
        wear_belt(d, waist - 0.1, 1.1)


def wear_outer(d: Dressing) -> None:
    """A jacket, cardigan, blazer or coat, open or closed."""
    rng = d.rng
    look, fold = d.seed(), float(rng.uniform(0.2, 0.9))
    wide, slope = float(rng.uniform(0.1, 0.95)), float(rng.uniform(-0.25, 0.15))
    open_ = rng.random() < 0.75
    cut = random_cut(rng, hem=1.0)
    sleeve = float(rng.choice([1.97, -0.1, 1.4], p=[0.8, 0.1, 0.1]))
    cut = replace(
        cut, neck="crew", width=float(rng.uniform(0.7, 1.0)), sleeve=sleeve, off=0.24, loose=float(rng.uniform(0.4, 1))
    )
    hem = float(rng.choice([1.4, 0.0, -1.2, -3.5, -5.0], p=[0.15, 0.25, 0.3, 0.18, 0.12]) + rng.normal(0, 0.2))
    gap = (lambda y: np.clip(wide + slope * (4 - y) * 0.5, 0.05, 1.4)) if open_ else None
    cut = replace(cut, hem=max(hem, 1.0))
    # Closed and short it looks like any top, so it is one; the length makes a closed coat.
    label = "coat" if open_ or hem < -2 else "upper"
    wear_top(d, cut, label, look, fold, gap)
    if hem < 1.0:
        low = float(np.clip(wide + slope * 1.4, 0.05, 1.4)) if open_ else -1.0
        wear_skirt(d, 1.84, hem, label, look, fold, float(rng.uniform(0, 0.2)), 1.26, low)


def wear_belt(d: Dressing, height: float, factor: float) -> None:
    """A band around the waist at base mesh `height`, `factor` times as wide as the trunk there."""
    body, rng = d.body, d.rng
    near = np.flatnonzero((np.abs(body.y - height) < 0.35) & (np.abs(body.base[:, 0]) < 2) & ~body.is_arm)
    near = near[near < 13380]
    points = d.figure.points[near]
    half = np.abs(points[:, 0]).max() * factor, (points[:, 2].max() - points[:, 2].min()) / 2 * factor * 1.04
    centre = np.array([0, points[:, 1].mean(), (points[:, 2].max() + points[:, 2].min()) / 2])
    band, faces = ring(centre, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), half, 0.06, float(rng.uniform(0.1, 0.32)))
    spine = body.bone["spine04" if height < 2.2 else "spine03"]
    matrix = d.posed.transforms[spine].reshape(3, 4)
    d.thing(band @ matrix[:, :3].T + matrix[:, 3], faces, LABEL["belt"], int(near[0]), look=d.seed(), plain=True)


def wear_shoes(d: Dressing) -> None:
    """Shoes, boots or bare feet; socks and stockings at times."""
    rng, body = d.rng, d.body
    if rng.random() < 0.1:
        wear_legwear(d, float(rng.uniform(1.2, 1.8)), "socks", d.seed(), 0.03, both=False)
    elif rng.random() < 0.04:
        wear_legwear(d, -0.5, "socks", d.seed(), 0.02, both=False)
    if rng.random() < 0.1:
        return
    look = d.seed()
    if rng.random() < (0.4 if d.figure.male < 0.5 else 0.08):
        wear_low_shoes(d, look)
        return
    names = [name for name in body.assets.clothes if name.startswith("shoes")]
    shoe = body.assets.clothes[str(rng.choice(names))]
    d.from_fitted(shoe, "cloth", LABEL["left_shoe"], look=look, fold=0.1, plain=True)
    d.hide(np.where(shoe.hides & (body.region >= FOOT_L), 1, -1e3))
    if rng.random() < 0.13:
        wear_legwear(d, float(rng.uniform(1.1, 1.8)), "shoe", look, 0.12)
