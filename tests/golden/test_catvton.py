"""CatVTON and its mask-free form against upstream's own numbers, through the product's loader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.golden import hub
from tests.golden.common import Golden, Recorded, Trace, expect, far, golden, rescheduled, runtime, seeded, torch
from tryon.transfer import catvton
from tryon.transfer.catvton import CatVTON, open_system
from tryon.transfer.diffusion.pictures import as_mask_tensor, as_pixels, as_tensor, cropped, padded

Image = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="module", params=["catvton", "catvton_maskfree"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Golden, CatVTON]:
    fixture = golden(request.param)
    root = getattr(hub, request.param)(fixture, tmp_path_factory.mktemp(request.param))
    return fixture, open_system(runtime(request.param.replace("_", "-"), root))


def inputs(fixture: Golden) -> tuple[Any, Any, Any]:
    """Person, garment and mask as tensors; fixtures hold photos or ready tensors."""
    io, size = fixture.io, (fixture.meta["width"], fixture.meta["height"])
    if io["in.person"].dtype != torch.uint8:
        return io["in.person"], io["in.cloth"], io.get("in.mask")
    person = cropped(Image.fromarray(fixture.pixels("in.person")), *size)
    garment = padded(Image.fromarray(fixture.pixels("in.cloth")), *size)
    mask = None
    if "in.mask" in io:
        small = cropped(Image.fromarray(fixture.pixels("in.mask")), *size)
        mask = as_mask_tensor(hub_array(small))
    return as_tensor(hub_array(person)), as_tensor(hub_array(garment)), mask


def hub_array(picture: Any) -> Any:
    import numpy as np

    return np.asarray(picture)


def sampled(fixture: Golden, system: CatVTON, noise: Recorded | None = None) -> tuple[Any, Trace]:
    meta, trace = fixture.meta, Trace()
    person, garment, mask = inputs(fixture)
    with torch.inference_mode():
        latents = system.sample(
            person,
            garment,
            mask,
            steps=meta["steps"],
            guidance=meta["guidance_scale"],
            noise=noise or upstream_noise(fixture),
            on_step=trace,
        )
    return latents, trace


def upstream_noise(fixture: Golden) -> Recorded:
    seeds = fixture.meta["seeds"]
    pictures = seeded(seeds["global_torch_seed_for_vae_sampling"])
    return Recorded(seeds["generator_seed"], person=pictures, garment=pictures)


def test_preparation(opened: tuple[Golden, CatVTON]) -> None:
    fixture, _ = opened
    size = (fixture.meta["width"], fixture.meta["height"])
    pairs = (("in.person", "pre.person_cropped", cropped), ("in.cloth", "pre.cloth_padded", padded),
             ("in.mask", "pre.mask_cropped", cropped))  # fmt: skip
    seen = 0
    for source, expected, prepare in pairs:
        if expected in fixture.io:
            ours = prepare(Image.fromarray(fixture.pixels(source)), *size)
            assert far(hub_array(ours), fixture.io[expected]) == 0
            seen += 1
    if not seen:
        pytest.skip("this fixture holds no prepared pictures")


def test_latents_and_picture(opened: tuple[Golden, CatVTON]) -> None:
    fixture, system = opened
    latents, trace = sampled(fixture, system)
    if "timesteps" in fixture.meta:
        assert system.scheduler.timesteps.tolist() == fixture.meta["timesteps"]
    assert len(trace.steps) == fixture.meta["steps"]
    for index, ours in enumerate(trace.latents):
        theirs = fixture.io[f"mid.latents_after_step.{index}"]
        expect(ours, theirs, fixture.tolerance["latents"], f"latents after step {index}")
    expect(latents, fixture.io["out.decode_in"], fixture.tolerance["decode_in"], "what is decoded")
    with torch.inference_mode():
        decoded = system.decode(latents)
    expect(decoded, fixture.io["out.decoded"], fixture.tolerance["decoded"], "decoded")
    expect(as_pixels(decoded), fixture.io["out.image_u8"], fixture.tolerance["image_u8"], "picture")


def no_second_norm(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    patch.setattr("tryon.nets.passing.Passing.forward", lambda self, x, *a, **k: torch.zeros_like(x))
    return system


def no_fresh_noise(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    patch.setattr(catvton, "ETA", 0.0)
    return system


def joined_the_other_way(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    return replace(system, axis=-3 - system.axis)


class GuidedWithoutPerson(CatVTON):
    """The unconditional half loses the person too."""

    def _conditions(self, person: Any, garment: Any, mask: Any, noise: Any, samples: int = 1) -> Any:
        fixed, shape = super()._conditions(person, garment, mask, noise, samples)
        fixed = fixed.clone()
        fixed[: fixed.shape[0] // 2, -4:] = 0
        return fixed, shape


def guided_without_person(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    return GuidedWithoutPerson(**vars(system))


def halves_swapped(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    from tryon.nets import reference_attention

    right = reference_attention.guided
    patch.setattr(reference_attention, "guided", lambda batch, scale, order: right(batch, scale, "conditional_first"))
    return system


def person_seen_under_the_mask(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    from tryon.transfer.diffusion import sampling

    patch.setattr(catvton, "drawn", lambda vae, picture, noise: sampling.drawn(vae, picture * 0 + 0.1, noise))
    return system


def _conditioned(change: Callable[[CatVTON, Any], Any], patch: pytest.MonkeyPatch) -> None:
    """Another picture beside the noise: `change` of (2 n, channels, h, w)."""
    right = CatVTON._conditions

    def conditions(self: CatVTON, *given: Any) -> Any:
        fixed, shape = right(self, *given)
        return change(self, fixed), shape

    patch.setattr(CatVTON, "_conditions", conditions)


def mask_behind_the_picture(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    _conditioned(lambda system, fixed: torch.cat([fixed[:, 1:], fixed[:, :1]], dim=1), patch)
    return system


def mask_upside_down(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    _conditioned(lambda system, fixed: torch.cat([1 - fixed[:, :1], fixed[:, 1:]], dim=1), patch)
    return system


def garment_masked_too(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    def change(system: CatVTON, fixed: Any) -> Any:
        own, cloth = fixed[:, :1].chunk(2, dim=system.axis)
        return torch.cat([torch.cat([own, torch.ones_like(cloth)], dim=system.axis), fixed[:, 1:]], dim=1)

    _conditioned(change, patch)
    return system


def unscaled_pictures(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    def change(system: CatVTON, fixed: Any) -> Any:
        return torch.cat([fixed[:, :-4], fixed[:, -4:] / system.vae.config.scaling_factor], dim=1)

    _conditioned(change, patch)
    return system


def black_picture_for_no_garment(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    """Encoded, instead of zeros in latent space."""
    right = CatVTON._conditions

    def conditions(self: CatVTON, person: Any, garment: Any, mask: Any, noise: Any, samples: int = 1) -> Any:
        fixed, shape = right(self, person, garment, mask, noise, samples)
        with torch.inference_mode():
            black = self.vae.encode(torch.zeros_like(garment) - 1).latent_dist.mode() * self.vae.config.scaling_factor
        first, second = fixed.clone().chunk(2)
        own, cloth = first[:, -4:].chunk(2, dim=self.axis)
        first[:, -4:] = torch.cat([own, black.expand_as(cloth)], dim=self.axis)
        return torch.cat([first, second]), shape

    patch.setattr(CatVTON, "_conditions", conditions)
    return system


def other_offset(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    return replace(
        system, scheduler=rescheduled(system.scheduler, steps_offset=1 - system.scheduler.config.steps_offset)
    )


def last_alpha_one(system: CatVTON, patch: pytest.MonkeyPatch) -> CatVTON:
    return replace(system, scheduler=rescheduled(system.scheduler, set_alpha_to_one=True))


OF_MASKS = (mask_behind_the_picture, mask_upside_down, garment_masked_too)


@pytest.mark.parametrize(
    "mutate",
    [no_second_norm, no_fresh_noise, joined_the_other_way, guided_without_person, halves_swapped,
     person_seen_under_the_mask, *OF_MASKS, unscaled_pictures, black_picture_for_no_garment, other_offset,
     last_alpha_one],
)  # fmt: skip
def test_wrong_variants_are_found(
    opened: tuple[Golden, CatVTON], mutate: Callable[..., CatVTON], monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture, system = opened
    if mutate is joined_the_other_way and fixture.meta["height"] == fixture.meta["width"]:
        pytest.skip("a square picture")
    if mutate in OF_MASKS and "in.mask" not in fixture.io:
        pytest.skip("this form needs no mask")
    noise = None
    if mutate is joined_the_other_way:  # the noise has another shape then
        seeds = fixture.meta["seeds"]
        noise = Recorded(seeds["generator_seed"])
    latents, _ = sampled(fixture, mutate(system, monkeypatch), noise)
    assert far(latents, fixture.io["out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


def test_mean_instead_of_a_draw_is_found(opened: tuple[Golden, CatVTON]) -> None:
    fixture, system = opened
    person, _, _ = inputs(fixture)
    zeros = torch.zeros(person.shape[0], 4, person.shape[2] // 8, person.shape[3] // 8)
    noise = Recorded(fixture.meta["seeds"]["generator_seed"], person=zeros, garment=zeros)
    latents, _ = sampled(fixture, system, noise)
    assert far(latents, fixture.io["out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


def test_attention_in_another_order_is_found(tmp_path: Path) -> None:
    """The published numbers count modules down, up, mid."""
    fixture = golden("catvton")
    numbers = sorted({int(key.split(".")[0]) for key in fixture.part("attention/")})
    # Exchange two blocks of the same width: the file still fits, and the model is another.
    sizes = {n: fixture.weights[f"attention/{n}.to_q.weight"].shape for n in numbers}
    first, second = next((a, b) for a in numbers for b in numbers if a < b and sizes[a] == sizes[b])
    swap = {first: second, second: first}
    wrong = {}
    for key, tensor in fixture.weights.items():
        if key.startswith("attention/"):
            number, _, name = key.removeprefix("attention/").partition(".")
            key = f"attention/{swap.get(int(number), int(number))}.{name}"
        wrong[key] = tensor
    system = open_system(runtime("catvton", hub.catvton(Golden(fixture.meta, wrong, fixture.io), tmp_path)))
    latents, _ = sampled(fixture, system)
    assert far(latents, fixture.io["out.decode_in"]) > 10 * fixture.tolerance["decode_in"]
