"""Leffa against upstream's own numbers, through the product's loader: both runs of the fixture, its preparation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.golden import hub
from tests.golden.common import (
    Golden,
    Looking,
    Recorded,
    Trace,
    expect,
    far,
    golden,
    rescheduled,
    rewire,
    runtime,
    torch,
    without_chance,
)
from tryon.transfer import leffa
from tryon.transfer.diffusion.pictures import (
    as_doubled_tensor,
    as_mask_tensor,
    as_pixels,
    body_parts_picture,
    fitted,
)
from tryon.transfer.leffa import Leffa, open_system

RUNS = ["base", "accel"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Golden, Leffa]:
    fixture = golden("leffa")
    return fixture, open_system(runtime("leffa", hub.leffa(fixture, tmp_path_factory.mktemp("leffa"))))


def inputs(fixture: Golden, run: str) -> tuple[Any, Any, Any, Any]:
    """Person, garment, mask and body parts of a run's batch."""
    facts, size = fixture.meta["runs"][run], (fixture.meta["width"], fixture.meta["height"])
    persons, garments, masks, parts = [], [], [], []
    for row in range(facts["batch"]):
        persons.append(as_doubled_tensor(fitted(fixture.pixels(f"in.person.{row}"), *size)))
        garments.append(as_doubled_tensor(fitted(fixture.pixels(f"in.garment.{row}"), *size)))
        masks.append(
            as_mask_tensor(np.asarray(Image.fromarray(fixture.pixels(f"in.mask_half_size.{row}")).resize(size)))
        )
        labels = fixture.pixels(f"in.densepose_labels.{row}")
        picture = body_parts_picture(labels) if facts["densepose"] == "hd" else np.stack([labels] * 3, axis=-1)
        parts.append(as_doubled_tensor(picture))
    person, garment, mask, part = (torch.cat(v).contiguous() for v in (persons, garments, masks, parts))
    return person, garment, mask, part


def sampled(fixture: Golden, system: Leffa, run: str, **changes: Any) -> tuple[Any, Trace]:
    facts, io, trace = fixture.meta["runs"][run], fixture.io, Trace()
    noise = Recorded(
        facts["seed"],
        person=io[f"{run}.in.vae_noise_masked"],
        garment=io[f"{run}.in.vae_noise_ref"],
        start=io[f"{run}.in.noise"],
    )
    words = {"steps": facts["steps"], "guidance": facts["guidance_scale"], "look_once": facts["ref_acceleration"],
             "noise": noise}  # fmt: skip
    with torch.inference_mode():
        latents = system.sample(*inputs(fixture, run), on_step=trace, **{**words, **changes})
    return latents, trace


def test_preparation(opened: tuple[Golden, Leffa]) -> None:
    fixture, _ = opened
    io, size, limit = fixture.io, (fixture.meta["width"], fixture.meta["height"]), fixture.tolerance["pre_u8"]
    for key in io:
        if key.startswith(("pre.person_padded.", "pre.garment_padded.")):
            source = key.replace("pre.", "in.").replace("_padded", "")
            expect(fitted(fixture.pixels(source), *size), io[key], limit, key)
        if key.startswith("pre.densepose_hd."):
            labels = fixture.pixels(key.replace("pre.densepose_hd", "in.densepose_labels"))
            expect(body_parts_picture(labels), io[key], limit, key)
    expect(fitted(fixture.pixels("in.rgba"), *size), io["pre.rgba_padded"], limit, "transparent picture")
    expect(fitted(fixture.pixels("in.grey"), *size), io["pre.grey_padded"], limit, "grey picture")


@pytest.mark.parametrize("run", RUNS)
def test_conditions(opened: tuple[Golden, Leffa], run: str) -> None:
    fixture, system = opened
    person, garment, mask, parts = inputs(fixture, run)
    expect(mask, fixture.io[f"{run}.pre.mask"], 0, "mask")
    noise = Recorded(0, person=fixture.io[f"{run}.in.vae_noise_masked"], garment=fixture.io[f"{run}.in.vae_noise_ref"])
    with torch.inference_mode():
        fixed, _ = system._conditions(person, garment, mask, parts, noise)
    expect(fixed, fixture.io[f"{run}.mid.unet_in.0"][:, 4:], fixture.tolerance["cond"], "conditions")


@pytest.mark.parametrize("run", RUNS)
def test_latents_and_picture(opened: tuple[Golden, Leffa], run: str) -> None:
    fixture, system = opened
    io, limits = fixture.io, fixture.tolerance
    latents, trace = sampled(fixture, system, run)
    assert system.scheduler.timesteps.tolist() == fixture.meta["runs"][run]["timesteps"]
    for index, step in enumerate(trace.steps):
        expect(step.prediction, io[f"{run}.mid.guided_rescaled.{index}"], limits["guided"], f"guided {index}")
        expect(step.latents, io[f"{run}.mid.latents_after_step.{index}"], limits["latents"], f"latents {index}")
    expect(latents, io[f"{run}.out.decode_in"], limits["decode_in"], "what is decoded")
    with torch.inference_mode():
        decoded = system.decode(latents)
    expect(decoded, io[f"{run}.out.decoded"], limits["decoded"], "decoded")
    if not fixture.meta["runs"][run]["repaint"]:
        expect(as_pixels(decoded), io[f"{run}.out.image_u8"], limits["image_u8"], "picture")


def test_garment_tokens(opened: tuple[Golden, Leffa]) -> None:
    fixture, system = opened
    facts, io = fixture.meta["runs"]["base"], fixture.io
    kept = {}
    noise = Recorded(0, person=io["base.in.vae_noise_masked"], garment=io["base.in.vae_noise_ref"])
    with torch.inference_mode():
        _, cloth = system._conditions(*inputs(fixture, "base"), noise)
        system.attention.look(cloth, torch.tensor(facts["reference_timesteps"][0]))
        kept = list(system.attention.tokens.values())
        system.attention.forget()
    assert len(kept) == facts["n_reference_features"]
    for key in io:
        if key.startswith("base.mid.reference_feature."):
            nearest = min(far(tokens, io[key]) for tokens in kept)
            assert nearest <= fixture.tolerance["reference_feature"], key


def sd_guidance(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    from tryon.nets.reference_attention import guided

    patch.setattr(leffa, "rescaled", guided)
    return system


def factor_of_one(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    from tryon.nets.reference_attention import guided, split

    def one(batch: Any, scale: float, order: Any) -> Any:
        mixed, own = guided(batch, scale, order), split(batch, order)[1]
        return mixed * own.std((1, 2, 3), keepdim=True) / mixed.std((1, 2, 3), keepdim=True)

    patch.setattr(leffa, "rescaled", one)
    return system


def no_second_norm(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    patch.setattr("tryon.nets.passing.Passing.forward", lambda self, x, *a, **k: torch.zeros_like(x))
    return system


def soft_conditions(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    from tryon.nets import latents

    def area(picture: Any, like: Any) -> Any:
        return torch.nn.functional.interpolate(picture, size=like.shape[-2:], mode="area")

    patch.setattr(latents, "shrunk", area)
    return system


def mask_upside_down(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    class Wrong(Leffa):
        def _conditions(self, person: Any, garment: Any, mask: Any, *others: Any) -> Any:
            return super()._conditions(person, garment, 1 - mask, *others)

    return Wrong(**vars(system))


def channels_exchanged(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    class Wrong(Leffa):
        def _conditions(self, *given: Any) -> Any:
            fixed, cloth = super()._conditions(*given)
            return torch.cat([fixed[:, 1:5], fixed[:, :1], fixed[:, 5:]], dim=1), cloth

    return Wrong(**vars(system))


def other_variance(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    return replace(system, scheduler=rescheduled(system.scheduler, variance_type="fixed_large"))


def other_offset(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    return replace(system, scheduler=rescheduled(system.scheduler, steps_offset=0))


def deterministic_ddim(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    from diffusers import DDIMScheduler

    class Ddim(DDIMScheduler):
        def step(self, *given: Any, **words: Any) -> Any:
            return super().step(*given, eta=1.0, **words)

    return replace(system, scheduler=Ddim.from_config(dict(system.scheduler.config)))


def at_time_zero(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    return replace(system, attention=Looking(system.attention, lambda garment, time: (garment, 0)))


def no_garment(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    return replace(system, attention=Looking(system.attention, None))


def halves_swapped(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    right = leffa.rescaled
    patch.setattr(leffa, "rescaled", lambda batch, scale, order: right(batch, scale, "conditional_first"))
    return system


def middle_of_the_posterior(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    without_chance(patch, leffa)
    without_chance(patch, leffa, "drawn_once")
    return system


def unscaled_latents(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    right = leffa.drawn
    factor = system.vae.config.scaling_factor
    patch.setattr(leffa, "drawn", lambda vae, picture, noise: right(vae, picture, noise) / factor)
    return system


def deviation_of_the_predictions_halves(system: Leffa, patch: pytest.MonkeyPatch) -> Leffa:
    """Measured on the half without garment."""
    from tryon.nets.reference_attention import guided, split

    def wrong(batch: Any, scale: float, order: Any) -> Any:
        mixed, alone = guided(batch, scale, order), split(batch, order)[0]
        ratio = alone.std((1, 2, 3), keepdim=True) / mixed.std((1, 2, 3), keepdim=True)
        return mixed * (scale * ratio + 1 - scale)

    patch.setattr(leffa, "rescaled", wrong)
    return system


WRONG = [sd_guidance, factor_of_one, no_second_norm, soft_conditions, mask_upside_down, channels_exchanged,
         other_variance, other_offset, deterministic_ddim, at_time_zero, no_garment, halves_swapped,
         middle_of_the_posterior, unscaled_latents, deviation_of_the_predictions_halves]  # fmt: skip


@pytest.mark.parametrize("mutate", WRONG)
def test_wrong_variants_are_found(
    opened: tuple[Golden, Leffa], mutate: Callable[..., Leffa], monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture, system = opened
    wrong = mutate(system, monkeypatch)
    apart = max(far(sampled(fixture, wrong, run)[0], fixture.io[f"{run}.out.decode_in"]) for run in RUNS)
    assert apart > 10 * fixture.tolerance["decode_in"]


@pytest.mark.parametrize(
    "changes", [{"tap": "block_input"}, {"unconditional": "zero_features"}, {"normalise": True}], ids=str
)
def test_wrong_switches_are_found(changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fixture = golden("leffa")
    rewire(monkeypatch, **changes)
    system = open_system(runtime("leffa", hub.leffa(fixture, tmp_path)))
    latents, _ = sampled(fixture, system, "base")
    assert far(latents, fixture.io["base.out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


def test_one_deviation_for_a_whole_batch_is_found(opened: tuple[Golden, Leffa]) -> None:
    """Each picture is rescaled by its own deviation: as a run of it alone."""
    from tryon.nets.reference_attention import guided, split

    batch = (
        torch.randn(4, 4, 8, 6, generator=torch.Generator().manual_seed(0))
        * torch.tensor([1.0, 3, 2, 5])[:, None, None, None]
    )
    ours = leffa.rescaled(batch, 2.5, "unconditional_first")
    alone = torch.cat([leffa.rescaled(batch[i::2], 2.5, "unconditional_first") for i in range(2)])
    expect(ours, alone, 1e-5, "each by itself")
    mixed, own = guided(batch, 2.5, "unconditional_first"), split(batch, "unconditional_first")[1]
    assert far(mixed * (2.5 * own.std() / mixed.std() - 1.5), alone) > 0.1


def test_looking_once_at_the_first_step_is_found(opened: tuple[Golden, Leffa]) -> None:
    fixture, system = opened
    first = fixture.meta["runs"]["accel"]["timesteps"][0]
    wrong = replace(system, attention=Looking(system.attention, lambda garment, time: (garment, torch.tensor(first))))
    latents, _ = sampled(fixture, wrong, "accel")
    assert far(latents, fixture.io["accel.out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


def test_looking_once_takes_the_middle(opened: tuple[Golden, Leffa]) -> None:
    fixture, system = opened
    times: list[int] = []

    class Watching:
        switches = system.attention.switches
        forget = system.attention.forget

        def look(self, garment: Any, time: Any) -> None:
            times.append(int(time))
            system.attention.look(garment, time)

    for run in RUNS:
        times.clear()
        sampled(fixture, replace(system, attention=Watching()), run)
        assert times == fixture.meta["runs"][run]["reference_timesteps"]
