"""FASHN VTON 1.5's fixture: the system opened from it as it is published, and how it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.golden import hub
from tests.golden.common import Golden, Recorded, Trace, runtime, torch
from tryon.parsing.dwpose import WholeBodies
from tryon.transfer.diffusion import fashn_pictures as pictures
from tryon.transfer.fashn_vton import Fashn, Shown, open_system
from tryon.types import Category

OURS: dict[str, Category] = {"tops": "top", "bottoms": "bottom", "one-pieces": "dress"}
COVERAGE: dict[str, Category] = {"upper": "top", "lower": "bottom", "full": "dress"}
CONDITIONS = ("ca_images", "person_poses", "garment_images", "garment_poses")
Patch = pytest.MonkeyPatch


def opened(fixture: Golden, root: Path) -> Fashn:
    return open_system(runtime("fashn-vton", hub.fashn_vton(fixture, root)), hub.fashn_params(fixture), with_pose=False)


def forward(fixture: Golden, system: Fashn) -> Any:
    given = {key.removeprefix("fwd.in."): v for key, v in fixture.io.items() if key.startswith("fwd.in.")}
    kept = given["mask"]

    def dropped(value: Any) -> Any:
        return value * kept.view(-1, *[1] * (value.ndim - 1)).to(value.dtype)

    words = (*CONDITIONS, "garment_categories")
    with torch.inference_mode():
        return system.net(given["x"], given["times"], *(dropped(given[word]) for word in words))


def shown(fixture: Golden, system: Fashn, run: str) -> Shown:
    """A run's photos, prepared by us."""
    io, facts = fixture.io, fixture.meta["runs"][run]
    side = max(system.net.params.height, system.net.params.width)
    person, garment = (pictures.shrunk(fixture.pixels(f"{run}.in.{who}"), side) for who in ("person", "garment"))
    bodies = []
    for who in ("person", "garment"):
        there = f"{run}.in.{who}_keypoints133" in io
        points, scores = (f"{run}.in.{who}_{what}133" for what in ("keypoints", "scores"))
        bodies.append(WholeBodies(io[points].numpy(), io[scores].numpy()) if there else None)
    category = OURS[facts["category"]]
    mask = area = None
    if not facts["segmentation_free"]:
        mask = pictures.agnostic_area(fixture.pixels(f"{run}.in.person_labels"), category).astype(np.uint8) * 255
    if facts["garment_photo_type"] == "model":
        area = np.isin(fixture.pixels(f"{run}.in.garment_labels"), pictures.CLOTHES[category])
    return system.shown(person, garment, (bodies[0], bodies[1]), mask=mask, garment_area=area)


def recorded(fixture: Golden, run: str) -> Shown:
    """The same as upstream prepared them."""
    padding = tuple(fixture.meta["runs"][run]["padding_left_top_right_bottom"])
    return Shown(*(fixture.io[f"{run}.cond.{word}"] for word in CONDITIONS), padding)


def sampled(fixture: Golden, system: Fashn, run: str) -> tuple[Any, Trace]:
    facts, trace = fixture.meta["runs"][run], Trace()
    with torch.inference_mode():
        found = system.sample(
            recorded(fixture, run),
            OURS[facts["category"]],
            steps=facts["num_timesteps"],
            guidance=facts["guidance_scale"],
            plain_last=facts["skip_cfg_last_n_steps"],
            samples=facts["num_samples"],
            noise=Recorded(facts["seed"], start=fixture.io[f"{run}.noise"]),
            on_step=trace,
        )
    return found, trace


def apart(ours: Any, theirs: Any) -> float:
    """Share of values that differ."""
    return float((np.asarray(ours) != np.asarray(theirs)).mean())
