"""FASHN VTON 1.5 against upstream's own numbers, through the product's loader: network, sampler, preparation."""

from __future__ import annotations

import pytest

from tests.golden.common import Golden, expect, golden, torch, unpacked
from tests.golden.fashn import (
    CONDITIONS,
    COVERAGE,
    apart,
    forward,
    opened,
    recorded,
    sampled,
    shown,
)
from tryon.parsing.dwpose import WholeBodies
from tryon.transfer import fashn_vton
from tryon.transfer.diffusion import fashn_pictures as pictures
from tryon.transfer.fashn_vton import Fashn


@pytest.fixture(scope="module")
def fixture() -> Golden:
    return golden("fashn_vton")


@pytest.fixture(scope="module")
def system(fixture: Golden, tmp_path_factory: pytest.TempPathFactory) -> Fashn:
    return opened(fixture, tmp_path_factory.mktemp("fashn"))


def test_one_forward(fixture: Golden, system: Fashn) -> None:
    expect(forward(fixture, system), fixture.io["fwd.out"], fixture.tolerance["fwd"], "velocity")


def test_runs(fixture: Golden, system: Fashn) -> None:
    limits = fixture.tolerance
    for run, facts in fixture.meta["runs"].items():
        times = torch.tensor(fashn_vton.schedule(facts["num_timesteps"]), dtype=torch.float64)
        expect(times, fixture.io[f"{run}.timesteps"], limits["timesteps"], f"{run}: times")
        found, trace = sampled(fixture, system, run)
        assert len(trace.steps) == facts["num_timesteps"]
        for index, ours in enumerate(trace.latents):
            theirs = fixture.io[f"{run}.x_after_step.{index}"]
            expect(ours, theirs, limits["x_after_step"], f"{run}: picture after step {index}")
        picture = pictures.cut_back(pictures.truncated_pixels(found), recorded(fixture, run).padding)
        expect(picture, fixture.io[f"{run}.image_u8"], limits["image_u8"], f"{run}: pixels")
        assert 1 - apart(picture, fixture.io[f"{run}.image_u8"]) >= limits["image_u8_equal_fraction"]


def test_noise_is_the_first_draw_of_the_seed(fixture: Golden, system: Fashn) -> None:
    for run, facts in fixture.meta["runs"].items():
        theirs = fixture.io[f"{run}.noise"]
        assert torch.equal(fashn_vton.Noise(facts["seed"]).draw("start", tuple(theirs.shape)), theirs)


def test_preparation(fixture: Golden, system: Fashn) -> None:
    for run in fixture.meta["runs"]:
        ours, theirs = shown(fixture, system, run), recorded(fixture, run)
        assert ours.padding == theirs.padding
        for name, own, other in zip(CONDITIONS, ours.rows, theirs.rows, strict=True):
            assert apart(own, other) <= fixture.tolerance["cond_differing_fraction"], f"{run}: {name}"


def test_masks_and_poses(fixture: Golden) -> None:
    io, limits = fixture.io, fixture.tolerance
    checked = 0
    for key in io:
        if key.startswith("pre") and key.endswith(".labels"):
            labels, pre = fixture.pixels(key), key.removesuffix(".labels")
            for coverage, category in COVERAGE.items():
                theirs = unpacked(io[f"{pre}.agnostic_bits.{coverage}"], labels.shape[1])
                ours = pictures.agnostic_area(labels, category)
                assert apart(ours, theirs) <= limits["mask_differing_fraction"], f"{pre} {coverage}"
                checked += 1
        if key.endswith(".pose_gray"):
            pre = key.removesuffix(".pose_gray")
            bodies = WholeBodies(io[f"{pre}.keypoints133"].numpy(), io[f"{pre}.scores133"].numpy())
            drawn = pictures.pose_drawing(*io[key].shape, bodies)
            assert apart(drawn, io[key]) <= limits["cond_differing_fraction"]
            checked += 1
    assert checked
