"""DynamiCrafter and VideoCrafter against upstream's own numbers, through the product's loader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.golden.common import Golden, expect, far, golden, torch, write_tensors
from tryon.nets import ddim as sampler
from tryon.nets.ddim import Guidance, Schedule, started
from tryon.transfer.diffusion.sampling import Place
from tryon.video.lvdm import recipes, towers
from tryon.video.lvdm.checkpoint import HeadSizes, open_parts
from tryon.video.lvdm.recipes import Recipe
from tryon.video.lvdm.system import Condition, Lvdm
from tryon.weights import ldm

RECIPES = {
    "dynamicrafter": recipes.DYNAMICRAFTER_512,
    "dynamicrafter_256": recipes.DYNAMICRAFTER_256,
    "dynamicrafter_interp": recipes.DYNAMICRAFTER_ENDS,
    "videocrafter1_i2v": recipes.VIDEOCRAFTER1,
    "videocrafter2": recipes.VIDEOCRAFTER2,
}


class Case:
    """A fixture and the system opened from it."""

    def __init__(self, name: str, root: Path) -> None:
        self.name = name
        self.fixture = golden(name)
        self.recipe = of_fixture(RECIPES[name], self.fixture)
        self.path = published(self.fixture, root, wrapped=name == "dynamicrafter")
        self.system = opened(self.fixture, self.recipe, self.path)

    @property
    def io(self) -> dict[str, Any]:
        return self.fixture.io

    @property
    def call(self) -> dict[str, Any]:
        return self.fixture.meta["call"]

    def guidance(self) -> Guidance:
        return Guidance(scale=self.call["guidance"], rescale=self.recipe.rescale, picture=self.call.get("cfg_img"))

    def condition(self, system: Lvdm | None = None) -> Condition:
        io = self.io
        grey = torch.zeros(len(io["x_T"]), 3, 64, 64)
        first = io.get("image", grey)
        posterior = iter([io["vae_noise"][:1], io["vae_noise"][-1:]] if "vae_noise" in io else [])
        return (system or self.system).condition(
            io["tokens_cond"],
            io["tokens_uncond"],
            (first, io.get("image_end", first)),
            self.call["frames"],
            lambda shape: next(posterior),
            apart=True,
        )


def of_fixture(recipe: Recipe, fixture: Golden) -> Recipe:
    """The catalogue's recipe with the numbers that a fixture was made with. What kind of process it is must be as the
    catalogue says."""
    model, call = fixture.meta["model"], fixture.meta["call"]
    assert recipe.velocity == (model.get("parameterization") == "v")
    assert recipe.zero_snr == model.get("rescale_betas_zero_snr", False)
    assert recipe.trailing == (call["timestep_spacing"] == "uniform_trailing")
    assert (recipe.scaling == "dynamic") == model.get("use_dynamic_rescale", False)
    assert (recipe.scaling == "signal") == model.get("use_scale", False)
    scale = model.get("base_scale", 1.0) if recipe.scaling == "dynamic" else model.get("scale_b", 1.0)
    return replace(
        recipe,
        base_scale=scale,
        rescale=call["guidance_rescale"],
        rate=call.get("fs", call.get("fps")),
        eta=call["eta"],
    )


def published(fixture: Golden, root: Path, *, wrapped: bool) -> Path:
    """model.ckpt as the authors publish it: a state_dict, or what DeepSpeed makes of one."""
    path = root / "model.ckpt"
    inner = {ldm.WRAPPED + key: value for key, value in fixture.weights.items()} if wrapped else dict(fixture.weights)
    write_tensors(path, {"module": inner} if wrapped else {"state_dict": inner, "epoch": 3, "global_step": 7})
    return path


def heads(fixture: Golden) -> HeadSizes:
    model = fixture.meta["model"]
    vision = model["vision"] or {"width": 16, "head_width": 1}
    return HeadSizes(
        unet=model["unet"]["num_head_channels"],
        resampler=(model["resampler"] or {"dim_head": 64})["dim_head"],
        text=model["text"]["heads"],
        vision=vision["width"] // vision["head_width"],
    )


def opened(fixture: Golden, recipe: Recipe, path: Path) -> Lvdm:
    parts = open_parts(path, path.parent, heads(fixture), title="M", dtype=torch.float32)
    return Lvdm(parts, recipe, None, Place("cpu"))


@pytest.fixture(scope="module", params=sorted(RECIPES))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with torch.inference_mode():
        yield Case(request.param, tmp_path_factory.mktemp(request.param))


def sampled(case: Case, condition: Condition | None = None, system: Lvdm | None = None) -> tuple[Any, list[Any]]:
    system = system or case.system
    noise, trace = iter(case.io["step_noise"]), []
    latents = system.sample(
        case.io["x_T"],
        condition or case.condition(system),
        system.recipe.schedule.times(case.call["steps_requested"]),
        case.guidance(),
        noise=lambda shape: next(noise),
        on_step=lambda step: trace.append(step.latents),
    )
    return latents, trace


def near(case: Case, ours: Any, theirs: Any, what: str) -> None:
    """Within the fixture's tolerance of latents, which some fixtures state relative to the largest value."""
    limits = case.fixture.tolerance
    limit = limits["latents"] if "latents" in limits else limits["latents_rel"] * float(theirs.abs().max())
    # What predicts noise has latents of some tens: relative there too.
    expect(ours, theirs, max(limit, 1e-5 * float(theirs.abs().max())), what)


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


# ------------------------------------------------------------------------------- every trap, built in wrongly

Mutation = Callable[[Case, pytest.MonkeyPatch, Path], Lvdm]


def last_text_layer(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    """The text tower with all its layers."""
    patch.setattr(towers, "_layers", lambda shapes: 1 + _count(shapes))
    rules = towers.fill

    def all_of_it(*args: Any, **words: Any) -> Any:
        return rules(*args, **{**words, "unused": (r"^text_projection$", r"^logit_scale$", r"^proj$")})

    patch.setattr(towers, "fill", all_of_it)
    if case.system.parts.vision is not None:
        patch.setattr(towers, "vision_tower", lambda *args: case.system.parts.vision)
    return opened(case.fixture, case.recipe, case.path)


def _count(shapes: Any) -> int:
    return 1 + max(int(key.split(".")[2]) for key in shapes if key.startswith("transformer.resblocks."))


def shared_tokens(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    """All image tokens for every frame, or the other way round."""
    patch.setattr("tryon.nets.lvdm.TOKENS_PER_FRAME", 17)
    return case.system


def plain_resize(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    """Without the blur before the reduction."""

    def bicubic(picture: Any) -> Any:
        small = torch.nn.functional.interpolate(picture, (towers.SIDE,) * 2, mode="bicubic", align_corners=False)
        mean, spread = (small.new_tensor(values)[:, None, None] for values in (towers.MEAN, towers.SPREAD))
        return ((small + 1) / 2 - mean) / spread

    patch.setattr(towers, "seen", bicubic)
    return case.system


def normed_tokens(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    """The vision tower's final norm applied."""
    vision = case.system.parts.vision
    norm = getattr(vision, "post_layernorm", None)
    assert norm is not None

    def look(self: Lvdm, picture: Any) -> Any:
        assert self.parts.resampler is not None
        return self.parts.resampler(norm(vision(towers.seen(picture)).last_hidden_state))  # type: ignore[misc]

    patch.setattr(Lvdm, "look", look)
    return case.system


def black_instead_of_grey(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    look = Lvdm.look
    patch.setattr(Lvdm, "look", lambda self, picture: look(self, picture if picture.any() else picture - 1))
    return case.system


def nothing_beside_uncond(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    predict = Lvdm.predict

    def without(self: Lvdm, latents: Any, time: int, condition: Condition, branch: Any = "whole") -> Any:
        if branch == "nothing" and condition.beside is not None:
            condition = replace(condition, beside=torch.zeros_like(condition.beside))
        return predict(self, latents, time, condition, branch)

    patch.setattr(Lvdm, "predict", without)
    return case.system


def no_alpha(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    for name, parameter in case.system.parts.unet.named_parameters():
        if name.endswith(".alpha"):
            patch.setattr(parameter, "data", torch.zeros_like(parameter))
    return case.system


def other_scale(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    value = 0.3 if case.recipe.base_scale != 0.3 else 0.7
    return replace(case.system, recipe=replace(case.recipe, base_scale=value))


def no_zero_snr(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    return replace(case.system, recipe=replace(case.recipe, zero_snr=not case.recipe.zero_snr))


def leading(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    patch.setattr(Schedule, "times", lambda self, steps: [t + 1 for t in range(0, 1000, 1000 // steps)][::-1])
    return case.system


def no_rescale(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    patch.setattr(
        Case, "guidance", lambda self: Guidance(scale=self.call["guidance"], picture=self.call.get("cfg_img"))
    )
    return case.system


def spread_per_channel(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    std = torch.Tensor.std
    patch.setattr(torch.Tensor, "std", lambda self, axes, keepdim: std(self, axes[1:], keepdim=keepdim))
    return case.system


def swapped_scalings(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    other = "signal" if case.recipe.scaling == "dynamic" else "dynamic"
    return replace(case.system, recipe=replace(case.recipe, scaling=other))  # type: ignore[arg-type]


def last_step_of_the_other(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    """The last step's scale, which DynamiCrafter and VideoCrafter take from different places."""
    scales = Schedule.scales

    def changed(self: Schedule) -> Any:
        ours = scales(self).clone()
        ours[0] = ours[case.recipe.schedule.times(case.call["steps_requested"])[-1]] * 0.9
        return ours

    if case.recipe.scaling == "signal":
        patch.setattr(Schedule, "scales", changed)
        return case.system
    split = sampler.split

    def other(output: Any, latents: Any, alpha: Any, *, velocity: bool) -> Any:
        epsilon, clean = split(output, latents, alpha, velocity=velocity)
        last = case.recipe.schedule.times(case.call["steps_requested"])[-1]
        if float(alpha) == float(case.recipe.schedule.alphas()[last].double()):
            clean = clean * (scales(case.recipe.schedule)[0] / scales(case.recipe.schedule)[last])
        return epsilon, clean

    patch.setattr(sampler, "split", other)
    return case.system


# Each trap on the smallest system that has it; those that differ between two, on both.
MUTATIONS: tuple[tuple[Mutation, tuple[str, ...]], ...] = (
    (last_text_layer, ("videocrafter2",)),
    (shared_tokens, ("dynamicrafter_256",)),
    (plain_resize, ("videocrafter1_i2v",)),
    (normed_tokens, ("videocrafter1_i2v",)),
    (black_instead_of_grey, ("dynamicrafter_256", "videocrafter1_i2v")),
    (nothing_beside_uncond, ("dynamicrafter_interp",)),
    (no_alpha, ("dynamicrafter_256",)),
    (other_scale, ("dynamicrafter_interp", "videocrafter2")),
    (no_zero_snr, ("dynamicrafter_256", "dynamicrafter_interp", "videocrafter2")),
    (leading, ("dynamicrafter_interp",)),
    (no_rescale, ("dynamicrafter_interp",)),
    (spread_per_channel, ("dynamicrafter_interp",)),
    (swapped_scalings, ("dynamicrafter_interp", "videocrafter2")),
    (last_step_of_the_other, ("dynamicrafter_interp", "videocrafter2")),
)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda pair: pair[0].__name__)
def test_a_wrong_build_is_noticed(
    mutation: tuple[Mutation, tuple[str, ...]], case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong, systems = mutation
    if case.name not in systems:
        pytest.skip("not a trap of this system")
    system = wrong(case, monkeypatch, tmp_path)
    latents, _ = sampled(case, system=system)
    monkeypatch.undo()
    with pytest.raises(AssertionError):
        near(case, latents, case.io["latents"], "latents")


def test_the_clamp(monkeypatch: pytest.MonkeyPatch) -> None:
    """At eta 1 and zero SNR the first step is a root of a rounding error below zero for many numbers of steps."""
    schedule = recipes.DYNAMICRAFTER_512.schedule

    def run(steps: int) -> Any:
        return sampler.ddim(
            lambda latents, time, branch: 0.5 * latents,
            torch.ones(1, 4, 2, 8, 8),
            schedule,
            schedule.times(steps),
            Guidance(scale=1.0),
            eta=1.0,
            noise=lambda shape: torch.zeros(shape),
            on_step=lambda step: None,
        )

    counts = (7, 11, 14, 15, 20, 25, 33, 34, 35, 37, 38, 39, 61, 62, 63, 64)
    assert all(bool(run(steps).isfinite().all()) for steps in counts)
    monkeypatch.setattr(torch.Tensor, "clamp", lambda self, **limits: self)
    assert not all(bool(run(steps).isfinite().all()) for steps in counts)


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
