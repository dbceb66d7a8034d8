"""The LVDM family's fixtures: the systems opened from them as they are published, and how they are run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.golden.common import Golden, expect, golden, torch, write_tensors
from tryon.nets.ddim import Guidance
from tryon.transfer.diffusion.sampling import Place
from tryon.video.lvdm import recipes
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
        posterior = iter(ends(io["vae_noise"], self.call["frames"]) if "vae_noise" in io else [])
        return (system or self.system).condition(
            io["tokens_cond"],
            io["tokens_uncond"],
            (first, io.get("image_end", first)),
            self.call["frames"],
            lambda shape: next(posterior),
            apart=True,
        )


def ends(noise: Any, frames: int) -> list[Any]:
    """The posterior's noise of every frame of every sample -> that of the first and of the last frames."""
    return [noise[::frames], noise[frames - 1 :: frames]]


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
