"""OOTDiffusion, both variants, against upstream's own numbers, through the product's loader."""

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
)
from tryon.transfer import ootdiffusion
from tryon.transfer.diffusion.pictures import as_doubled_tensor, as_pixels
from tryon.transfer.ootdiffusion import OOTDiffusion, mask_tensor, masked_person, open_system

Case = tuple[Golden, OOTDiffusion, str]
CATEGORY = {"upperbody": "top", "lowerbody": "bottom", "dress": "dress"}


@pytest.fixture(scope="module", params=["hd", "dc"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    fixture = golden("ootdiffusion")
    root = hub.ootdiffusion(fixture, tmp_path_factory.mktemp("ootdiffusion"))
    return fixture, open_system(runtime(f"ootdiffusion-{request.param}", root)), request.param


def sampled(case: Case, system: OOTDiffusion | None = None, **changes: Any) -> tuple[Any, Trace, Any]:
    fixture, own, kind = case
    system, info, trace = system or own, fixture.meta["info"], Trace()
    person, mask = fixture.pixels("in.person"), fixture.pixels("in.mask")
    garment = Image.fromarray(fixture.pixels("in.garment"))
    with torch.inference_mode():
        context = changes.get("context", system.context(fixture.io[f"{kind}.in.input_ids"], garment))
        latents = system.sample(
            as_doubled_tensor(np.asarray(garment)),
            as_doubled_tensor(masked_person(person, mask)),
            as_doubled_tensor(person),
            mask_tensor(mask),
            context,
            steps=info[f"{kind}.steps"],
            guidance=fixture.meta["image_guidance_scale"],
            noise=Recorded(0, start=fixture.io[f"{kind}.in.noise"]),
            on_step=trace,
            samples=info[f"{kind}.num_samples"],
        )
    return latents, trace, context


class Another:
    """A system's reference attention but for what a class of this kind changes."""

    def __init__(self, system: OOTDiffusion) -> None:
        self._own = system.attention

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)


def test_conditions(case: Case) -> None:
    fixture, system, kind = case
    expect(masked_person(fixture.pixels("in.person"), fixture.pixels("in.mask")), fixture.io["pre.masked_person"], 0,
           "masked person")  # fmt: skip
    garment = Image.fromarray(fixture.pixels("in.garment"))
    values = system.prepare(images=garment, return_tensors="pt").pixel_values
    expect(values, fixture.io[f"{kind}.mid.clip_pixel_values"], 1e-5, "CLIP's picture")
    with torch.inference_mode():
        context = system.context(fixture.io[f"{kind}.in.input_ids"], garment)
    for row in fixture.io[f"{kind}.mid.prompt_embeds"]:
        expect(context[0], row, 1e-5, "context")


def test_sentence(case: Case) -> None:
    """The tokens' form; which numbers letters have is the published tokenizer's business."""
    fixture, system, kind = case
    expected = fixture.io[f"{kind}.in.input_ids"]
    ids = system.ids(CATEGORY[fixture.meta["info"][f"{kind}.category"]])
    assert ids.shape == expected.shape
    assert (ids[:, [0, -1]] == expected[:, [0, -1]]).all()


def test_latents_and_picture(case: Case) -> None:
    fixture, system, kind = case
    latents, trace, _ = sampled(case)
    assert system.scheduler.timesteps.tolist() == fixture.meta["info"][f"{kind}.timesteps"]
    for index, step in enumerate(trace.steps):
        theirs = fixture.io[f"{kind}.mid.latents_after_step_and_repaint.{index}"]
        expect(step.latents, theirs, fixture.tolerance["latents"], f"latents after step {index}")
    expect(latents, fixture.io[f"{kind}.out.decode_in"], fixture.tolerance["decode_in"], "what is decoded")
    with torch.inference_mode():
        decoded = system.decode(latents)
    expect(decoded, fixture.io[f"{kind}.out.decoded"], fixture.tolerance["decoded"], "decoded")
    expect(as_pixels(decoded), fixture.io[f"{kind}.out.image_u8"], fixture.tolerance["image_u8"], "picture")


def test_garment_tokens(case: Case) -> None:
    fixture, system, kind = case
    wanted = {int(key.rpartition(".")[2]): key for key in fixture.io if key.startswith(f"{kind}.mid.garm_feature.")}
    if not wanted:
        pytest.skip("this run recorded no tokens")
    seen: list[Any] = []
    look = system.attention.look

    class Watching(Another):
        def look(self, *given: Any) -> None:
            look(*given)
            seen.append(list(system.attention.tokens.values()))

    sampled(case, replace(system, attention=Watching(system)))
    assert len(seen) == 1, "the garment is looked at once"
    assert len(seen[0]) == fixture.meta["info"][f"{kind}.n_features"]
    # Named in module order (down, up, mid); upstream runs down, mid, up.
    for index, key in wanted.items():
        distances = [far(tokens, fixture.io[key]) for tokens in seen[0]]
        assert min(distances) < 5e-4, f"tokens {index}"


def no_reference(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    return replace(system, attention=Looking(system.attention, None))


def halves_swapped(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    from tryon.nets import reference_attention

    right = reference_attention.guided
    patch.setattr(reference_attention, "guided", lambda batch, scale, order: right(batch, scale, "unconditional_first"))
    return system


def zero_tokens(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    class Zero(Another):
        def look(self, *given: Any) -> None:
            system.attention.look(*given)
            tokens = {name: torch.cat([own.chunk(2)[0], torch.zeros_like(own.chunk(2)[1])])
                      for name, own in system.attention.tokens.items()}  # fmt: skip
            system.attention._reader.tokens = tokens

    return replace(system, attention=Zero(system))


def ends_on_zero(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    return replace(system, scheduler=rescheduled(system.scheduler, final_sigmas_type="zero"))


def scaled_garment(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    mean = OOTDiffusion._mean
    patch.setattr(OOTDiffusion, "_mean", lambda self, picture: mean(self, picture) * self.vae.config.scaling_factor)
    return system


def kept_without_repainting(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    from tryon.nets import latents

    patch.setattr(latents, "shrunk", lambda picture, like: torch.ones_like(like[:, :1]))
    return system


def later_look(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    return replace(system, attention=Looking(system.attention, lambda *given: (given[0], 500, given[2])))


def drawn_instead_of_the_middle(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    def drawn(self: OOTDiffusion, picture: Any) -> Any:
        return self.vae.encode(picture).latent_dist.sample(torch.Generator().manual_seed(1)).float()

    patch.setattr(OOTDiffusion, "_mean", drawn)
    return system


def other_spacing(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    other = "linspace" if system.scheduler.config.timestep_spacing == "leading" else "leading"
    return replace(system, scheduler=rescheduled(system.scheduler, timestep_spacing=other))


def repainted_without_noise(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    class Clean(type(system.scheduler)):  # type: ignore[misc]
        def add_noise(self, original: Any, noise: Any, times: Any) -> Any:
            return original

    return replace(system, scheduler=Clean.from_config(dict(system.scheduler.config)))


def mask_upside_down(system: OOTDiffusion, patch: pytest.MonkeyPatch) -> OOTDiffusion:
    from tryon.nets import latents

    right = latents.shrunk
    patch.setattr(latents, "shrunk", lambda picture, like: 1 - right(picture, like))
    return system


WRONG = [no_reference, halves_swapped, zero_tokens, ends_on_zero, scaled_garment, kept_without_repainting, later_look,
         drawn_instead_of_the_middle, other_spacing, repainted_without_noise, mask_upside_down]  # fmt: skip


@pytest.mark.parametrize("mutate", WRONG)
def test_wrong_variants_are_found(
    mutate: Callable[..., OOTDiffusion], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fixture = golden("ootdiffusion")
    system = open_system(runtime("ootdiffusion-hd", hub.ootdiffusion(fixture, tmp_path)))
    latents, _, _ = sampled((fixture, system, "hd"), mutate(system, monkeypatch))
    assert far(latents, fixture.io["hd.out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


@pytest.mark.parametrize("changes", [{"tap": "norm_output"}, {"normalise": False}], ids=str)
def test_wrong_switches_are_found(changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fixture = golden("ootdiffusion")
    rewire(monkeypatch, **changes)
    system = open_system(runtime("ootdiffusion-hd", hub.ootdiffusion(fixture, tmp_path)))
    latents, _, _ = sampled((fixture, system, "hd"))
    assert far(latents, fixture.io["hd.out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


def test_wrong_context_is_found(case: Case) -> None:
    """The picture after the end token (dc) and in its place (hd) are not the same."""
    fixture, system, kind = case
    other = replace(system, kind="dc" if kind == "hd" else "hd")
    garment = Image.fromarray(fixture.pixels("in.garment"))
    with torch.inference_mode():
        context = other.context(fixture.io[f"{kind}.in.input_ids"], garment)
    latents, _, _ = sampled(case, context=context)
    assert far(latents, fixture.io[f"{kind}.out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


def test_grey_and_threshold() -> None:
    assert ootdiffusion.GREY == 127
    assert mask_tensor(np.array([[126, 127]], np.uint8)).flatten().tolist() == [0, 1]
