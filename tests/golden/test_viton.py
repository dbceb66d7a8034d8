"""VITON against its TensorFlow graphs and its MATLAB code: maps, checkpoints, both networks, matching and warp."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat

from tests.golden import hub
from tests.golden.common import ROOT, Golden, expect, far, golden, load_file, runtime, torch
from tests.weights.bundles import write_bundle
from tryon.errors import WeightsMissing
from tryon.nets import viton as networks
from tryon.transfer import viton
from tryon.transfer.classic import person_maps, shape_context
from tryon.transfer.classic.person_maps import PersonMaps, square_labels, stretched
from tryon.transfer.classic.shape_context import Outline, garment_shape, grid_of, match, outline, thinned, warped
from tryon.transfer.viton import Viton, open_system
from tryon.weights.tensor_bundle import read_bundle


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Golden, Viton]:
    fixture = golden("viton")
    return fixture, open_system(runtime("viton", hub.viton(fixture, tmp_path_factory.mktemp("viton"))))


def maps_of(fixture: Golden) -> PersonMaps:
    image = fixture.pixels("in.image_u8")
    labels = square_labels(fixture.pixels("in.segment_raw_u8"), *image.shape[:2])
    return person_maps.person_maps(image, fixture.pixels("in.product_u8"), labels, fixture.pixels("in.pose_keypoints"))


def first(fixture: Golden, system: Viton) -> viton.Coarse:
    with torch.inference_mode():
        return system.first(maps_of(fixture))


def second(fixture: Golden, system: Viton) -> tuple[Any, Any, Any]:
    """The warped garment, the refined picture, the garment's share."""
    controls = fixture.pixels("in.tps_control_points")
    moved = warped(maps_of(fixture).garment, controls, person_maps.WIDTH, person_maps.HEIGHT)
    with torch.inference_mode():
        whole, share = system.second(moved, fixture.pixels("out.coarse_u8"), fixture.pixels("out.mask_u8"))
    return moved, whole, share


def apart(fixture: Golden, system: Viton) -> float:
    """The largest difference of anything from upstream, in units of what is tolerated."""
    io, limit = fixture.io, fixture.tolerance
    coarse, (moved, whole, share) = first(fixture, system), second(fixture, system)
    return max(
        far(coarse.mask[..., None], io["out.stage1_mask"]) / limit["networks"],
        far(coarse.picture[::2, ::2], io["out.stage1_image_sample"]) / limit["networks"],
        far(moved[::2, ::2], io["out.warped_sample"]) / limit["warp"],
        far(whole[::2, ::2], io["out.final_sample"]) / limit["warp"],
        far(share, io["out.select_mask"]) / limit["warp"],
    )


def test_checkpoints() -> None:
    """Every number of TensorFlow's own files, exactly."""
    fixture, found = golden("viton"), {}
    for stage in viton.STAGES:
        found |= dict(read_bundle(ROOT / "viton" / stage, title="VITON"))
    assert found.keys() == fixture.weights.keys()
    for name, value in found.items():
        expect(value, fixture.weights[name], 0, name)


def test_maps(opened: tuple[Golden, Viton]) -> None:
    fixture, _ = opened
    io, maps = fixture.io, maps_of(fixture)
    image = fixture.pixels("in.image_u8")
    labels = square_labels(fixture.pixels("in.segment_raw_u8"), *image.shape[:2])
    expect(labels, io["mid.segment_cropped_u8"], 0, "labels")
    expect(maps.body, io["mid.body"], 1e-6, "body")
    expect(maps.head[::8, ::8], io["mid.skin_rgb_sample"], 1e-6, "head")
    expect(maps.pose.sum(axis=(0, 1)), io["mid.pose_sum"], 0, "pose")
    expect(maps.garment[::4, ::4], io["mid.product_256_sample"], 1e-6, "garment")


def test_networks(opened: tuple[Golden, Viton]) -> None:
    fixture, system = opened
    io, coarse = fixture.io, first(fixture, system)
    expect(coarse.mask[..., None], io["out.stage1_mask"], fixture.tolerance["networks"], "mask of stage 1")
    expect(coarse.picture[::2, ::2], io["out.stage1_image_sample"], fixture.tolerance["networks"], "coarse picture")
    # Rounding may fall to the other side of a level.
    expect(stretched(coarse.picture / 2 + 0.5), io["out.coarse_u8"], 1, "coarse picture handed on")
    expect(stretched(coarse.mask), io["out.mask_u8"], 1, "mask handed on")
    moved, whole, share = second(fixture, system)
    expect(moved[::2, ::2], io["out.warped_sample"], fixture.tolerance["warp"], "warped garment")
    expect(share, io["out.select_mask"], fixture.tolerance["warp"], "share of the garment")
    expect(whole[::2, ::2], io["out.final_sample"], fixture.tolerance["warp"], "finished picture")


# --------------------------------------------------------------------------------------- the matching of outlines


@pytest.fixture(scope="module")
def matched() -> tuple[Golden, dict[str, Any]]:
    fixture = golden("viton")
    file = ROOT / "viton" / "tps.safetensors"
    return fixture, {key: value.numpy() for key, value in load_file(file).items()}


def recorded(values: dict[str, Any]) -> tuple[Outline, Outline]:
    """The points that upstream thinned the outlines to: exact ties there fall by rounding."""
    return Outline(values["mid.X"], values["mid.t1"].ravel()), Outline(values["mid.Y"], values["mid.t2"].ravel())


def test_shapes_and_outlines(matched: tuple[Golden, dict[str, Any]]) -> None:
    _, values = matched
    solid = (values["in.product_u8"] != 255).all(axis=-1)
    expect(garment_shape(solid), values["mid.V1"], 0, "shape of the garment")
    theirs = values["mid.V2"]
    ours = viton.worn_shape(values["in.stage1_mask"])
    assert ((ours >= 0.5) == (theirs >= 0.5)).all()
    for shape, edge in ((values["mid.V1"], "mid.boundary1_xyt"), (theirs, "mid.boundary2_xyt")):
        found, wanted = outline(shape), values[edge]
        distance = np.sqrt(shape_context.squared(found.points, wanted[:, :2]))
        assert distance.min(axis=0).max() < 1e-4, "a point of theirs is missed"
        assert distance.min(axis=1).max() < 1e-4, "a point of ours is not theirs"
        nearest = wanted[distance.argmin(axis=1), 2]
        turned = np.abs(np.angle(np.exp(1j * (found.angles - nearest))))
        assert np.quantile(turned, 0.95) < 1e-6, "directions"


def test_matching(matched: tuple[Golden, dict[str, Any]]) -> None:
    fixture, values = matched
    limits = fixture.meta["tps"]["tolerance"]
    trace: list[Any] = []
    spline = match(*recorded(values), trace)
    expect(trace[0][0], values["mid.cost_first"], limits["cost_first"], "first costs")
    count = len(values["mid.X"])
    for (_, ours), theirs in zip(trace, values["mid.assignments_all"], strict=True):
        dummies = (ours[:count] >= count) & (theirs[:count] >= count)
        assert ((ours[:count] == theirs[:count]) | dummies).all()
    expect(grid_of(spline), values["out.control_points"], limits["control_points"], "control points")
    written = loadmat(ROOT / "viton" / "tps.mat")["control_points"]
    expect(grid_of(spline), written, limits["control_points"], "control points as MATLAB writes them")


def test_thinning_is_upstreams_but_for_ties(matched: tuple[Golden, dict[str, Any]]) -> None:
    _, values = matched
    for edge, kept in (("mid.boundary1_xyt", "mid.X"), ("mid.boundary2_xyt", "mid.Y")):
        full = values[edge]
        found = thinned(Outline(full[:, :2], full[:, 2]), None, len(values[kept]))
        distance = np.sqrt(shape_context.squared(found.points, values[kept])).min(axis=1)
        assert (distance < 1e-9).mean() > 0.7
        assert distance.max() < 2.0, "px of the small grid"


def test_from_own_outlines(matched: tuple[Golden, dict[str, Any]]) -> None:
    """The whole way with our own outlines and a random choice of points ends near upstream's control points."""
    _, values = matched
    found = shape_context.control_points(values["mid.V1"], values["mid.V2"], np.random.default_rng(0))
    assert np.abs(found - values["out.control_points"]).mean() < 0.03


# ------------------------------------------------------------------------------------------------ wrong variants


def half_pixel_centres(patch: pytest.MonkeyPatch) -> None:
    right = person_maps._between

    def centred(before: int, after: int) -> Any:
        place = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1).astype(np.float32)
        first = np.floor(place).astype(np.int64)
        assert first.shape == right(before, after)[0].shape
        return first, np.minimum(first + 1, before - 1), place - first

    patch.setattr(person_maps, "_between", centred)


def squares_cut_at_the_maps(patch: pytest.MonkeyPatch) -> None:
    right = person_maps.pose_maps

    def other(keypoints: Any, height: int, width: int) -> Any:
        scaled = np.asarray(keypoints) * (person_maps.WIDTH / width, person_maps.HEIGHT / height)
        return right(scaled, person_maps.HEIGHT, person_maps.WIDTH)

    patch.setattr(person_maps, "pose_maps", other)


def head_painted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(person_maps, "SKIN", (1, 2, 4, 13, 14, 15))


def finer_body(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(person_maps, "BODY", (32, 24))


def other_slope(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(networks, "SLOPE", 0.01)


def no_head_map(patch: pytest.MonkeyPatch) -> None:
    right = PersonMaps.representation.fget
    assert right is not None

    def without(maps: PersonMaps) -> Any:
        planes = right(maps).copy()
        planes[..., 4:7] = 0
        return planes

    patch.setattr(PersonMaps, "representation", property(without))


def centres_at_the_ends(patch: pytest.MonkeyPatch) -> None:
    """Corners that are not aligned."""
    right = shape_context._looked_up

    def other(picture: Any, places: Any) -> Any:
        height, width = picture.shape[:2]
        return right(picture, ((places + 1) * (width, height) - 1) / (width - 1, height - 1) - 1)

    patch.setattr(shape_context, "_looked_up", other)


WRONG = [half_pixel_centres, squares_cut_at_the_maps, head_painted, finer_body, other_slope, no_head_map,
         centres_at_the_ends]  # fmt: skip


@pytest.mark.parametrize("mutate", WRONG, ids=lambda f: f.__name__)
def test_wrong_variants_are_found(
    opened: tuple[Golden, Viton], mutate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture, system = opened
    assert apart(fixture, system) <= 1
    mutate(monkeypatch)
    assert apart(fixture, system) > 10


def test_a_plain_picture_between_the_stages_is_found(opened: tuple[Golden, Viton]) -> None:
    """Stage 2 reads stage 1's picture stretched to the full range, not clipped."""
    fixture, system = opened
    clipped = np.rint((first(fixture, system).picture / 2 + 0.5).clip(0, 1) * 255)
    assert far(clipped, fixture.io["out.coarse_u8"]) > 10


def test_norms_over_other_axes_are_found(opened: tuple[Golden, Viton]) -> None:
    """slim's layer norm takes its moments over the whole picture and all channels, not per channel."""
    fixture, system = opened
    for index in system.refine.norm:
        system.refine.norm[index].num_groups = system.refine.norm[index].num_channels
    try:
        assert far(second(fixture, system)[2], fixture.io["out.select_mask"]) > 10 * fixture.tolerance["warp"]
    finally:
        for index in system.refine.norm:
            system.refine.norm[index].num_groups = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("ANGLE_SHARE", 0.0), ("DUMMY_COST", 0.5), ("FIRST_STIFFNESS", 1.0), ("ROUNDS", 1), ("OUTER", 3.0)],
)
def test_other_constants_of_the_matching_are_found(
    matched: tuple[Golden, dict[str, Any]], name: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture, values = matched
    monkeypatch.setattr(shape_context, name, value)
    found = grid_of(match(*recorded(values)))
    limit = fixture.meta["tps"]["tolerance"]["control_points"]
    assert np.abs(found - values["out.control_points"]).max() > 10 * limit


def test_what_training_left_is_passed_over(tmp_path: Path) -> None:
    """Published checkpoints hold optimisers' slots and counters too; without a variable the network is not whole."""
    fixture = golden("viton")
    hub.viton(fixture, tmp_path)
    arrays = dict(read_bundle(tmp_path / "stage1/model-15000", title="M"))
    extra = {f"{name}/Adam": np.zeros_like(value) for name, value in arrays.items()}
    extra |= {"global_step": np.array(15000, np.int64), "beta1_power": np.array(0.5, np.float32)}
    write_bundle(tmp_path / "stage1/model-15000", {**arrays, **extra})
    system = open_system(runtime("viton", tmp_path))
    expect(first(fixture, system).mask[..., None], fixture.io["out.stage1_mask"], fixture.tolerance["networks"], "mask")
    del arrays["generator/decoder_2/batchnorm/Variable_2"]
    write_bundle(tmp_path / "stage1/model-15000", arrays)
    with pytest.raises(WeightsMissing, match="1 of"):
        open_system(runtime("viton", tmp_path))
