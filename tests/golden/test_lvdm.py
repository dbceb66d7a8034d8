"""DynamiCrafter and VideoCrafter against upstream's own numbers, through the product's loader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.golden.common import expect, far, torch
from tests.golden.lvdm import RECIPES, Case, near, sampled
from tryon.nets.ddim import started
from tryon.video.lvdm import towers


@pytest.fixture(scope="module", params=sorted(RECIPES))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with torch.inference_mode():
        yield Case(request.param, tmp_path_factory.mktemp(request.param))


def test_schedule(case: Case) -> None:
    schedule = case.recipe.schedule
    assert far(schedule.alphas(), case.fixture.weights["alphas_cumprod"]) == 0
    if case.recipe.scaling != "none":
        assert far(schedule.scales(), case.fixture.weights["scale_arr"][:1000]) == 0
    assert schedule.times(case.call["steps_requested"]) == case.io["timesteps"].tolist()


def test_towers(case: Case) -> None:
    limit = case.fixture.tolerance["encoders"]
    expect(case.system.read(case.io["tokens_cond"]), case.io["text_hidden"], limit, "text")
    if "image" not in case.io:
        return
    assert case.system.parts.vision is not None
    pixels = towers.seen(case.io["image"])
    expect(pixels, case.io["clip_pixel_values"], 1e-6, "what the vision tower sees")
    expect(case.system.parts.vision(pixels).last_hidden_state, case.io["clip_hidden"], limit, "vision")
    expect(case.system.look(case.io["image"]), case.io["image_tokens"], limit, "image tokens")
    grey = case.system.look(torch.zeros_like(case.io["image"]))
    expect(grey, case.io["uncond_image_tokens"], limit, "image tokens of grey")


def test_unet(case: Case) -> None:
    limit = case.fixture.tolerance["unet"]
    condition = case.condition()
    if "c_concat" in case.io:
        expect(condition.beside, case.io["c_concat"], limit, "latents beside the noise")
    expect(case.system.predict(case.io["x_T"], 500, condition), case.io["unet_t500"], limit, "UNet")
    if "unet_t500_fewer_frames" in case.io:
        theirs = case.io["unet_t500_fewer_frames"]
        frames = theirs.shape[2]
        short = replace(condition, beside=condition.beside[:, :, :frames])  # type: ignore[index]
        expect(case.system.predict(case.io["x_T"][:, :, :frames], 500, short), theirs, limit, "UNet, fewer frames")


def test_latents_and_film(case: Case) -> None:
    latents, trace = sampled(case)
    for index, ours in enumerate(trace):
        near(case, ours, case.io["trajectory"][index + 1], f"latents after step {index}")
    near(case, latents, case.io["latents"], "latents")
    frames = torch.stack(list(case.system.decode(latents)), dim=2)
    expect(frames, case.io["video"], case.fixture.tolerance["video"], "film")


def test_start_from_a_picture(case: Case) -> None:
    if "img2vid_x0" not in case.io:
        pytest.skip("this fixture has no second run")
    io, system, schedule = case.io, case.system, case.recipe.schedule
    times = schedule.times(case.call["steps_requested"])
    latents, left = started(
        schedule, io["img2vid_x0"], io["img2vid_noise"], times, case.call["img2vid"]["start_timesteps"]
    )
    assert len(left) == int(io["img2vid_steps_run"])
    noise = iter(io["step_noise"])
    ours = system.sample(
        latents, case.condition(), left, case.guidance(), noise=lambda shape: next(noise), on_step=lambda step: None
    )
    near(case, ours, io["img2vid_latents"], "latents from a picture")


def test_time_and_frame_rate() -> None:
    """The fixtures' networks are as narrow as their norms' groups, which takes both out again: so by hand."""
    from tryon.nets.lvdm import TimeAndRate

    torch.manual_seed(0)
    layer = TimeAndRate(8)
    rates = torch.tensor([3.0, 24.0])
    angles = rates[:, None] * 10000 ** (-torch.arange(4) / 4)
    waves = torch.cat([angles.cos(), angles.sin()], dim=1)

    def perceptron(module: Any, values: Any) -> Any:
        return module.linear_2(torch.nn.functional.silu(module.linear_1(values)))

    expected = perceptron(layer.time, torch.ones(2, 8)) + perceptron(layer.rate, waves)
    assert far(layer(torch.ones(2, 8), rates), expected) < 1e-6


def test_the_rate_matters() -> None:
    from tryon.nets.lvdm import UNetParams, VideoUNet

    torch.manual_seed(0)
    unet = VideoUNet(
        UNetParams(
            channels_in=4,
            channels_out=4,
            widths=(64,),
            blocks=1,
            attention=(True,),
            context=8,
            head=32,
            image_tokens=False,
            learnt_scale=False,
        )
    ).eval()
    latents, time, context = torch.randn(1, 4, 2, 4, 4), torch.tensor([500]), torch.randn(1, 77, 8)
    with torch.inference_mode():
        slow, fast = (unet(latents, time, context, torch.tensor([rate])) for rate in (5, 24))
    assert far(slow, fast) > 1e-4
