"""ViViD against upstream's own numbers, through the product's loader: a clip in windows, from pictures to pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
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
from tryon.nets import motion, passing
from tryon.transfer import vivid
from tryon.transfer.diffusion.pictures import as_doubled_tensor, as_mask_tensor
from tryon.transfer.vivid import Cloth, Frames, Vivid, open_system, squeezed


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Golden, Vivid]:
    return fresh(tmp_path_factory.mktemp("vivid"))


def fresh(root: Path, **words: Any) -> tuple[Golden, Vivid]:
    fixture = golden("vivid")
    return fixture, open_system(runtime("vivid", hub.vivid(fixture, root, **words)))


def frames(fixture: Golden) -> Frames:
    config = fixture.meta["config"]

    def sized(pixels: Any) -> Any:
        picture = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
        return squeezed(Image.fromarray(picture), config["width"], config["height"])

    def each(name: str, convert: Callable[[Any], Any]) -> Any:
        return torch.cat([convert(sized(picture)) for picture in fixture.pixels(name)])

    return Frames(
        agnostic=each("in.agnostic_u8", as_doubled_tensor),
        mask=each("in.agnostic_mask_u8", lambda mask: as_mask_tensor(mask, vivid.WHITE)),
        parts=(each("in.densepose_u8", as_doubled_tensor) + 1) / 2,
    )


def cloth(fixture: Golden, system: Vivid) -> Cloth:
    config = fixture.meta["config"]
    picture, mask = fixture.pixels("in.cloth_u8"), fixture.pixels("in.cloth_mask_u8")[..., 0]
    return system.cloth(Image.fromarray(picture), Image.fromarray(mask), config["width"], config["height"])


def recorded(fixture: Golden) -> Recorded:
    io = fixture.io
    return Recorded(
        0, start=io["in.init_latents"], garment=io["in.vae_noise_cloth"], frames=io["in.vae_noise_agnostic"]
    )


def sampled(fixture: Golden, system: Vivid, **changes: Any) -> tuple[Any, Trace]:
    """Scaled latents (1, 4, f, h, w), as the fixture keeps them."""
    config, trace = fixture.meta["config"], Trace()
    words = {"steps": config["steps"], "guidance": config["guidance"], "noise": recorded(fixture), "on_step": trace,
             "window": config["context_frames"], "overlap": config["context_overlap"]}  # fmt: skip
    given = changes.pop("frames", None) or frames(fixture), changes.pop("cloth", None) or cloth(fixture, system)
    with torch.inference_mode():
        latents = system.sample(*given, **{**words, **changes})
    return latents.transpose(0, 1)[None] * vivid.SCALE, trace


def test_schedule(opened: tuple[Golden, Vivid]) -> None:
    fixture, system = opened
    assert fixture.meta["scheduler_kwargs"].items() <= vivid.SCHEDULE.items()
    system.scheduler.set_timesteps(fixture.meta["config"]["steps"])
    assert system.scheduler.timesteps.tolist() == fixture.meta["timesteps"]
    config = fixture.meta["config"]
    found = list(motion.windows(config["frames"], config["context_frames"], config["context_overlap"]))
    assert found == fixture.meta["context_windows"]


def test_conditions(opened: tuple[Golden, Vivid]) -> None:
    fixture, system = opened
    with torch.inference_mode():
        _, beside, garment = system._conditions(frames(fixture), cloth(fixture, system), recorded(fixture))
    limit, first = fixture.tolerance["model"], fixture.meta["context_windows"][0]
    expect(garment, fixture.io["mid.ref_input"][:1], limit, "what the garment UNet sees")
    expect(beside[:, :, first], fixture.io["mid.den0_input"][:1, 4:], limit, "what the denoiser sees")
    with torch.inference_mode():
        seen = system.image(cloth(fixture, system).seen).image_embeds
        body = system.guider(frames(fixture).parts[first])
    expect(seen[:, None], fixture.io["mid.clip_embeds_cfg"][1:], limit, "the garment as CLIP sees it")
    expect(body.transpose(0, 1)[None], fixture.io["mid.den0_pose"][:1], limit, "the body")


def test_what_the_garment_leaves(opened: tuple[Golden, Vivid]) -> None:
    """Tokens and outputs of the garment's self-attentions; the unconditional row is not computed, it is not used."""
    fixture, system = opened
    with torch.inference_mode():
        _, _, garment = system._conditions(frames(fixture), cloth(fixture, system), recorded(fixture))
        system._look(garment, cloth(fixture, system))
    for prefix, found in (("mid.bank.", system.attention.tokens), ("mid.bank2.", system.attention.added)):
        kept = [key for key in fixture.io if key.startswith(prefix)]
        assert kept
        for key in kept:
            expect(found[key.removeprefix(prefix)], fixture.io[key][1:], fixture.tolerance["model"], key)
    system.attention.forget()


def test_latents_and_clip(opened: tuple[Golden, Vivid]) -> None:
    fixture, system = opened
    latents, trace = sampled(fixture, system)
    expect(latents, fixture.io["out.latents"], fixture.tolerance["latents"], "latents")
    expect(trace.latents[-1], fixture.io["out.latents"], fixture.tolerance["latents"], "last step")
    with torch.inference_mode():
        clip = [system.decode(latents[:, :, i] / vivid.SCALE) for i in range(latents.shape[2])]
    whole = (torch.stack(clip, dim=2) / 2 + 0.5).clamp(0, 1)
    expect(whole, fixture.io["out.video"], fixture.tolerance["video"], "clip")


def test_first_prediction(opened: tuple[Golden, Vivid]) -> None:
    fixture, system = opened
    seen: list[Any] = []

    class Watching(Vivid):
        def _predicted(self, *given: Any) -> Any:
            seen.append(super()._predicted(*given))
            return seen[-1]

    own = {name: getattr(system, name) for name in system.__dataclass_fields__}
    sampled(fixture, Watching(**own))
    expect(seen[0], fixture.io["mid.den0_output"], fixture.tolerance["model"], "first prediction")
    assert len(seen) == fixture.meta["config"]["steps"] * len(fixture.meta["context_windows"])


def test_motion_modules_from_another_file(tmp_path: Path) -> None:
    fixture, system = fresh(tmp_path, split=True)
    expect(sampled(fixture, system)[0], fixture.io["out.latents"], fixture.tolerance["latents"], "latents")


def test_one_frame_is_a_photo(opened: tuple[Golden, Vivid]) -> None:
    fixture, system = opened
    whole, io = frames(fixture), fixture.io
    one = Frames(agnostic=whole.agnostic[:1], mask=whole.mask[:1], parts=whole.parts[:1])
    noise = Recorded(0, start=io["in.init_latents"][:, :, :1], garment=io["in.vae_noise_cloth"],
                     frames=io["in.vae_noise_agnostic"][:1])  # fmt: skip
    latents, _ = sampled(fixture, system, frames=one, noise=noise)
    assert latents.shape == io["out.latents"][:, :, :1].shape
    assert torch.isfinite(latents).all()


# ------------------------------------------------------------------------------------------------ wrong variants


def _scheduled(**changes: Any) -> Callable[..., Vivid]:
    def mutate(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
        return replace(system, scheduler=rescheduled(system.scheduler, **changes))

    mutate.__name__ = str(changes)
    return mutate


def halves_swapped(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    from tryon.nets import reference_attention

    right = reference_attention.guided
    patch.setattr(reference_attention, "guided", lambda batch, scale, order: right(batch, scale, "conditional_first"))
    return system


def later_look(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    return replace(system, attention=Looking(system.attention, lambda *given: (given[0], 500, given[2])))


def no_garment(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    return replace(system, attention=Looking(system.attention, None))


def no_picture_tokens(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    return replace(system, attention=Looking(system.attention, lambda *given: (*given[:2], torch.zeros_like(given[2]))))


def no_body(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    led = Vivid._led
    patch.setattr(Vivid, "_led", lambda self, parts: torch.zeros_like(led(self, parts)))
    return system


def signed_body(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    led = Vivid._led
    patch.setattr(Vivid, "_led", lambda self, parts: led(self, 2 * parts - 1))
    return system


def open_loop(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    def straight(count: int, size: int, overlap: int) -> Any:
        starts = [*range(0, count - size, size - overlap), max(0, count - size)]
        return ([start + i for i in range(min(size, count))] for start in starts)

    patch.setattr(motion, "windows", straight)
    return system


def middle_of_the_posterior(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    without_chance(patch, vivid)
    return system


def garment_in_the_middle_of_its_posterior(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    without_chance(patch, vivid, "drawn_once")
    return system


def overlaps_added_up(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    """Where windows overlap, the sum of what they predict instead of the mean."""
    right, predicted, at = motion.windows, Vivid._predicted, iter(())

    def seen(*given: Any) -> list[list[int]]:
        nonlocal at
        found = list(right(*given))
        count = np.bincount(np.concatenate(found))
        at = cycle([torch.tensor(count[window], dtype=torch.float32) for window in found])
        return found

    patch.setattr(motion, "windows", seen)
    patch.setattr(
        Vivid, "_predicted", lambda self, *given: predicted(self, *given) * next(at)[None, None, :, None, None]
    )
    return system


def mask_before_the_picture(system: Vivid, patch: pytest.MonkeyPatch) -> Vivid:
    right = Vivid._conditions

    def conditions(self: Vivid, *given: Any) -> Any:
        start, beside, garment = right(self, *given)
        return start, torch.cat([beside[:, 4:], beside[:, :4]], dim=1), garment

    patch.setattr(Vivid, "_conditions", conditions)
    return system


WRONG = [
    _scheduled(beta_schedule="scaled_linear"), _scheduled(prediction_type="sample"),
    _scheduled(rescale_betas_zero_snr=False), _scheduled(timestep_spacing="leading"), halves_swapped, later_look,
    no_garment, no_picture_tokens, no_body, signed_body, open_loop, middle_of_the_posterior, overlaps_added_up,
    garment_in_the_middle_of_its_posterior, mask_before_the_picture,
]  # fmt: skip


OF_WINDOWS = (open_loop, overlaps_added_up)


@pytest.mark.parametrize("mutate", WRONG, ids=lambda f: f.__name__)
def test_wrong_variants_are_found(
    opened: tuple[Golden, Vivid], mutate: Callable[..., Vivid], monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture, system = opened
    if mutate in OF_WINDOWS and len(fixture.meta["context_windows"]) < 2:
        pytest.skip("one window")
    latents, _ = sampled(fixture, mutate(system, monkeypatch))
    assert far(latents, fixture.io["out.latents"]) > 10 * fixture.tolerance["latents"]


def norm_over_frames(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(motion, "normed_per_frame", lambda unet: unet)


def cross_attention_kept(patch: pytest.MonkeyPatch) -> None:
    """As CatVTON's are: norm2's output added."""
    patch.setattr(passing, "without_second_step", passing.without_cross_attention)


def wiring(**changes: Any) -> Callable[[pytest.MonkeyPatch], None]:
    def mutate(patch: pytest.MonkeyPatch) -> None:
        rewire(patch, **changes)

    mutate.__name__ = str(changes)
    return mutate


WRONG_BUILDS = [
    norm_over_frames, cross_attention_kept, wiring(additive=False), wiring(tap="block_input"), wiring(normalise=True),
    wiring(unconditional="zero_features"),
]  # fmt: skip


@pytest.mark.parametrize("mutate", WRONG_BUILDS, ids=lambda f: f.__name__)
def test_wrong_builds_are_found(
    mutate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mutate(monkeypatch)
    fixture, system = fresh(tmp_path)
    latents, _ = sampled(fixture, system)
    assert far(latents, fixture.io["out.latents"]) > 10 * fixture.tolerance["latents"]


def test_masks_are_white_from_seven_eighths() -> None:
    """Upstream normalises masks twice before it cuts them at a half."""
    mask = np.array([[0, 128, 222, 223, 224, 255]], np.uint8)
    assert as_mask_tensor(mask, vivid.WHITE).flatten().tolist() == [0, 0, 0, 0, 1, 1]
    twice = 2 * (2 * mask.astype(np.float32) / 255 - 1) - 1
    assert (as_mask_tensor(mask, vivid.WHITE).numpy() == (twice >= 0.5)).all()


def test_windows() -> None:
    assert list(motion.windows(3, 24, 4)) == [[0, 1, 2]]
    found = list(motion.windows(48, 24, 4))
    assert [window[0] for window in found] == [0, 20, 40]
    assert found[2] == [*range(40, 48), *range(16)]
    for count in (25, 60, 119):
        seen = np.bincount(np.concatenate(list(motion.windows(count, 24, 4))), minlength=count)
        assert seen.min() >= 1 and all(len(set(window)) == 24 for window in motion.windows(count, 24, 4))
