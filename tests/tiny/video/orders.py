"""The models with a loop of their own as the product's whole flow takes them: small rules, an order, a card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.drawing import draw_person, draw_tshirt
from tests.tiny.video.films import BACKENDS, PIPELINES, kind, size, small
from tryon.catalog import Catalog, Entry, build_catalog
from tryon.spec import Machine, VideoSpec
from tryon.types import Request

OWN = tuple(entry for entry in BACKENDS if entry not in PIPELINES)
# One of each kind of network and checkpoint.
KINDS = tuple({kind(entry): entry.spec.name for entry in reversed(OWN)}.values())[::-1]
PERSON = draw_person(192, 256)  # large enough to be dressed
CARD = Machine(device="cpu", name="a card", gpu_gib=200, ram_gib=400, cores=2, torch=True)


def own_catalog() -> Catalog:
    """The catalogue, its own video models at sizes and lengths for tiny networks."""
    own = {entry.spec.name: Entry(short(entry.spec), entry.load) for entry in OWN}  # type: ignore[arg-type]
    return Catalog(tuple(own.get(entry.spec.name, entry) for entry in build_catalog().entries))


def short(spec: VideoSpec) -> VideoSpec:
    """A small spec whose film is one size and its longest by default."""
    little = small(spec)
    light = tuple(replace(weights, gib=0.01) for weights in spec.weights)  # whatever is free on this disk
    seconds = little.frames[1] / little.native_fps
    return replace(little, sizes=(size(little),), side=(32, 1920), seconds=seconds, weights=light)


def order(name: str, **changes: Any) -> Request:
    """A drawn person, a drawn T-shirt and a sentence."""
    plain = Request(
        person=PERSON.photo, garments=(draw_tshirt().photo,), prompt="she turns to the left and walks",
        transfer="warp", video=name, seed=3, steps=2, consent=True,
    )  # fmt: skip
    return replace(plain, **changes)
