"""IDM-VTON against upstream's own numbers, through the product's loader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.golden import hub
from tests.golden.common import (
    Golden,
    Recorded,
    Trace,
    expect,
    far,
    golden,
    rescheduled,
    rewire,
    runtime,
    seeded,
    torch,
    without_chance,
)
from tryon.transfer import idm_vton
from tryon.transfer.diffusion.pictures import (
    as_centred_tensor,
    as_doubled_tensor,
    as_mask_tensor,
    as_pixels,
    body_parts_picture,
)
from tryon.transfer.diffusion.sdxl import Sentence
from tryon.transfer.idm_vton import Conditions, IdmVton, open_system


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Golden, IdmVton]:
    return open_fixture(tmp_path_factory.mktemp("idm"))


def open_fixture(folder: Path) -> tuple[Golden, IdmVton]:
    fixture = golden("idm_vton")
    return fixture, open_system(runtime("idm-vton", hub.idm_vton(fixture, folder)), with_text=False)


def told(fixture: Golden, system: IdmVton) -> Conditions:
    io = fixture.io
    with torch.inference_mode():
        image = system.image_tokens(Image.fromarray(fixture.pixels("in.cloth")))
    return Conditions(
        worn=Sentence(io["in.prompt_embeds"], io["in.pooled_prompt_embeds"]),
        negative=Sentence(io["in.negative_prompt_embeds"], io["in.negative_pooled_prompt_embeds"]),
        shown=Sentence(io["in.cloth_prompt_embeds"], torch.zeros(1, 1)),
        image=image,
    )


def pictures(fixture: Golden) -> tuple[Any, Any, Any, Any]:
    return (
        as_doubled_tensor(fixture.pixels("in.person")),
        as_centred_tensor(fixture.pixels("in.cloth")),
        as_mask_tensor(fixture.pixels("in.mask")),
        as_centred_tensor(fixture.pixels("in.pose")),
    )


def upstream_noise(fixture: Golden) -> Recorded:
    seeds = fixture.meta["seeds"]
    return Recorded(seeds["generator_seed"], parts=seeded(seeds["global_torch_seed_for_pose_vae_sampling"]))


def sampled(fixture: Golden, system: IdmVton, **changes: Any) -> tuple[Any, Trace]:
    trace = Trace()
    words = {"steps": fixture.meta["steps"], "guidance": fixture.meta["guidance_scale"], "on_step": trace,
             "noise": upstream_noise(fixture)}  # fmt: skip
    conditions = changes.pop("told", None) or told(fixture, system)
    with torch.inference_mode():
        latents = system.sample(*pictures(fixture), conditions, **{**words, **changes})
    return latents, trace


def test_conditions(opened: tuple[Golden, IdmVton]) -> None:
    fixture, system = opened
    values = system.prepare(images=Image.fromarray(fixture.pixels("in.cloth")), return_tensors="pt").pixel_values
    expect(values, fixture.io["mid.clip_pixel_values"], 1e-5, "CLIP's picture")
    expect(told(fixture, system).image, fixture.io["mid.image_tokens"], 1e-4, "image tokens")
    with torch.inference_mode():
        start, fixed, _ = system._pictures(*pictures(fixture), upstream_noise(fixture))
        _, added = system._words(told(fixture, system), pictures(fixture)[0])
    expect(torch.cat([start] * 2), fixture.io["mid.unet_in.0"][:, :4], 1e-5, "first noise")
    expect(fixed, fixture.io["mid.unet_in.0"][:, 4:], 1e-4, "what the person UNet sees")
    expect(added["time_ids"], fixture.io["mid.time_ids"], 0, "sizes")


def test_latents_and_picture(opened: tuple[Golden, IdmVton]) -> None:
    fixture, system = opened
    latents, trace = sampled(fixture, system)
    assert system.scheduler.timesteps.tolist() == fixture.meta["timesteps"]
    for index, ours in enumerate(trace.latents):
        theirs = fixture.io[f"mid.latents_after_step.{index}"]
        expect(ours, theirs, fixture.tolerance["latents"], f"latents after step {index}")
    expect(latents, fixture.io["out.decode_in"], fixture.tolerance["decode_in"], "what is decoded")
    with torch.inference_mode():
        decoded = system.decode(latents)
    expect(decoded, fixture.io["out.decoded"], fixture.tolerance["decoded"], "decoded")
    expect(as_pixels(decoded), fixture.io["out.image_u8"], fixture.tolerance["image_u8"], "picture")


def test_garment_tokens(opened: tuple[Golden, IdmVton]) -> None:
    fixture, system = opened
    with torch.inference_mode():
        _, _, cloth = system._pictures(*pictures(fixture), upstream_noise(fixture))
        system.attention.look(cloth, torch.tensor(fixture.meta["timesteps"][0]), fixture.io["in.cloth_prompt_embeds"])
        kept = list(system.attention.tokens.values())
        system.attention.forget()
    assert len(kept) == fixture.meta["n_features"]
    for key in fixture.io:
        if key.startswith("mid.garm_feature."):
            assert min(far(tokens[1:], fixture.io[key]) for tokens in kept) < 1e-4, key
    assert all(not tokens[0].any() for tokens in kept), "the half without garment reads zeros"


def test_palette() -> None:
    import numpy as np

    fixture = golden("idm_vton")
    ours = body_parts_picture(np.arange(25, dtype=np.uint8)[None])[0]
    expect(ours, fixture.io["densepose.palette_rgb"], 0, "colours of the body's parts")


def uncond_of_zero_latents(patch: pytest.MonkeyPatch) -> None:
    from tryon.nets.reference_attention import ReferenceAttention, halves

    def look(self: Any, garment: Any, time: Any, context: Any = None) -> None:
        both = halves(torch.zeros_like(garment), garment, self.switches.order)
        self._reader.tokens = self._record(both, time, torch.cat([context] * 2))

    patch.setattr(ReferenceAttention, "look", look)


def garment_at_time_zero(patch: pytest.MonkeyPatch) -> None:
    from tryon.nets.reference_attention import ReferenceAttention

    right = ReferenceAttention.look
    patch.setattr(ReferenceAttention, "look", lambda self, garment, time, context: right(self, garment, 0, context))


def halves_swapped(patch: pytest.MonkeyPatch) -> None:
    from tryon.nets import reference_attention

    right = reference_attention.guided
    patch.setattr(reference_attention, "guided", lambda batch, scale, order: right(batch, scale, "conditional_first"))


def other_size(patch: pytest.MonkeyPatch) -> None:
    right = IdmVton._words

    def words(self: Any, told: Any, person: Any) -> Any:
        context, added = right(self, told, person)
        return context, {**added, "time_ids": added["time_ids"][:, [1, 0, 2, 3, 5, 4]] * 2}

    patch.setattr(IdmVton, "_words", words)


def parts_and_person_exchanged(patch: pytest.MonkeyPatch) -> None:
    right = IdmVton._pictures

    def pictures(self: Any, *given: Any) -> Any:
        start, fixed, cloth = right(self, *given)
        return start, torch.cat([fixed[:, :1], fixed[:, 5:], fixed[:, 1:5]], dim=1), cloth

    patch.setattr(IdmVton, "_pictures", pictures)


def no_garment(patch: pytest.MonkeyPatch) -> None:
    from tryon.nets.reference_attention import ReferenceAttention

    patch.setattr(ReferenceAttention, "look", lambda self, *given: self.forget())


def middle_of_the_posterior(patch: pytest.MonkeyPatch) -> None:
    without_chance(patch, idm_vton)
    without_chance(patch, idm_vton, "drawn_once")


def mask_upside_down(patch: pytest.MonkeyPatch) -> None:
    right = IdmVton._pictures

    def pictures(self: Any, *given: Any) -> Any:
        start, fixed, cloth = right(self, *given)
        return start, torch.cat([1 - fixed[:, :1], fixed[:, 1:]], dim=1), cloth

    patch.setattr(IdmVton, "_pictures", pictures)


def pooled_words_exchanged(patch: pytest.MonkeyPatch) -> None:
    right = IdmVton._words

    def words(self: Any, told: Any, person: Any) -> Any:
        context, added = right(self, told, person)
        return context, {**added, "text_embeds": added["text_embeds"].flip(0)}

    patch.setattr(IdmVton, "_words", words)


@pytest.mark.parametrize(
    "mutate",
    [uncond_of_zero_latents, garment_at_time_zero, halves_swapped, other_size, parts_and_person_exchanged, no_garment,
     middle_of_the_posterior, mask_upside_down, pooled_words_exchanged],
)  # fmt: skip
def test_wrong_variants_are_found(
    opened: tuple[Golden, IdmVton], mutate: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture, system = opened
    mutate(monkeypatch)
    latents, _ = sampled(fixture, system)
    assert far(latents, fixture.io["out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


@pytest.mark.parametrize("changes", [{"tap": "block_input"}, {"normalise": True}], ids=str)
def test_wrong_switches_are_found(changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rewire(monkeypatch, **changes)
    fixture, system = open_fixture(tmp_path)
    latents, _ = sampled(fixture, system)
    assert far(latents, fixture.io["out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


def test_wrong_image_tokens_are_found(opened: tuple[Golden, IdmVton]) -> None:
    """Without tokens, and with plain zeros where the tokens of a black picture belong."""
    fixture, system = opened
    right = told(fixture, system)
    for image in (torch.zeros_like(right.image), torch.cat([torch.zeros_like(right.image[:1]), right.image[1:]])):
        latents, _ = sampled(fixture, system, told=replace(right, image=image))
        assert far(latents, fixture.io["out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


def test_wrong_words_are_found(opened: tuple[Golden, IdmVton]) -> None:
    """The garment UNet reads the garment's own sentence, and the half without garment the negative one."""
    fixture, system = opened
    right = told(fixture, system)
    for changes in ({"shown": right.worn}, {"negative": right.worn}):
        latents, _ = sampled(fixture, system, told=replace(right, **changes))
        assert far(latents, fixture.io["out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


def test_wrong_layer_and_share_of_the_adapter_are_found(opened: tuple[Golden, IdmVton]) -> None:
    """The last layer of CLIP's tower but one is read; the adapter's tokens weigh as much as the words."""
    fixture, system = opened

    class Last(torch.nn.Module):
        def __getattr__(self, name: str) -> Any:
            return getattr(system.image, name)

        def forward(self, pixels: Any, **words: Any) -> Any:
            found = system.image(pixels, **words)
            found.hidden_states = (*found.hidden_states[1:], found.hidden_states[-1])
            return found

    other = Last()
    other.to = lambda *given: other  # type: ignore[method-assign,assignment]
    wrong = told(fixture, replace(system, image=other))
    assert far(wrong.image, fixture.io["mid.image_tokens"]) > 1e-2
    processors = [one for one in system.person.attn_processors.values() if hasattr(one, "scale")]
    assert processors and all(one.scale == [1.0] for one in processors)
    for one in processors:
        one.scale = [0.5]
    try:
        latents, _ = sampled(fixture, system)
    finally:
        for one in processors:
            one.scale = [1.0]
    assert far(latents, fixture.io["out.decode_in"]) > 10 * fixture.tolerance["decode_in"]


def test_wrong_steps_are_found(opened: tuple[Golden, IdmVton]) -> None:
    fixture, system = opened
    offset = 1 - system.scheduler.config.steps_offset
    wrong = replace(system, scheduler=rescheduled(system.scheduler, steps_offset=offset))
    latents, _ = sampled(fixture, wrong)
    assert far(latents, fixture.io["out.decode_in"]) > 10 * fixture.tolerance["decode_in"]
