"""Tops on thin straps: where the straps lie, and what is seen through and beside them."""

from __future__ import annotations

import numpy as np

from tests.transfer.drawings import draw_camisole
from tryon.transfer.warping.body import read_body
from tryon.transfer.warping.layers import put_on
from tryon.transfer.warping.reading import read_regions
from tryon.transfer.warping.wishes import Wishes
from tryon.types import Person


def test_straps_lie_between_the_neck_and_the_shoulders_end(person: Person) -> None:
    body = read_body(person)
    layer = put_on(draw_camisole(), "top", body, read_regions(person, body), Wishes()).layers[0]
    across, along = (plane / body.unit for plane in (body.across(layer.alpha.shape), body.along(layer.alpha.shape)))
    strap = (layer.alpha > 0.5) & (along < -0.12)
    for side in (-1, 1):
        places = side * across[strap & (side * across > 0)]
        assert len(places) > 8 and 0.25 < np.median(places) < 0.40
