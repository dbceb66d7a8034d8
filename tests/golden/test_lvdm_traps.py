"""DynamiCrafter and VideoCrafter: every trap of the family, built in wrongly, is noticed by upstream's numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.golden.common import torch
from tests.golden.lvdm import Case, near, opened, sampled
from tryon.nets import ddim as sampler
from tryon.nets.ddim import Guidance, Schedule
from tryon.video.lvdm import recipes, towers
from tryon.video.lvdm.system import Condition, Lvdm

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


def no_final_norm(case: Case, patch: pytest.MonkeyPatch, root: Path) -> Lvdm:
    """The text tower's last layer but one as it is."""
    norms = [m for name, m in case.system.parts.text.named_modules() if name.endswith("final_layer_norm")]
    assert len(norms) == 1
    patch.setattr(norms[0], "forward", lambda hidden: hidden)
    return case.system


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
    patch.setattr(Schedule, "times", lambda self, steps: [1 + i * (1000 // steps) for i in reversed(range(steps))])
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
    (no_final_norm, ("videocrafter2",)),
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


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Case]]:
    """Systems by the names of their fixtures, each opened once."""
    made: dict[str, Case] = {}

    def get(name: str) -> Case:
        if name not in made:
            made[name] = Case(name, tmp_path_factory.mktemp(name))
        return made[name]

    with torch.inference_mode():
        yield get


@pytest.mark.parametrize(
    ("wrong", "name"),
    [(wrong, name) for wrong, names in MUTATIONS for name in names],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_wrong_build_is_noticed(
    wrong: Mutation, name: str, cases: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = cases(name)
    latents, _ = sampled(case, system=wrong(case, monkeypatch, tmp_path))
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
