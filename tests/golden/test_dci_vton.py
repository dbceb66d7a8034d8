"""DCI-VTON against upstream's own numbers, through the product's loaders: PLMS, guidance, DDIM, the warper."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.golden import hub
from tests.golden.common import (
    Golden,
    Recorded,
    Trace,
    expect,
    far,
    golden,
    rescheduled,
    runtime,
    torch,
    without_chance,
)
from tryon.nets import flow_warper
from tryon.transfer import dci_vton
from tryon.transfer.dci_vton import DciVton, Pictures, flow_of, open_system, warp

RUNS = ("plms", "plms_cfg", "ddim")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Golden, DciVton]:
    fixture = golden("dci_vton")
    return fixture, open_system(runtime("dci-vton", hub.dci_vton(fixture, tmp_path_factory.mktemp("dci"))))


def as_ddim(system: DciVton) -> DciVton:
    from diffusers import DDIMScheduler

    return replace(system, scheduler=DDIMScheduler(clip_sample=False, **dci_vton.SCHEDULE))


def pictures(fixture: Golden) -> Pictures:
    io = fixture.io
    return Pictures(inpaint=io["in.inpaint_image"], pasted=io["in.warp_feat"], keep=io["in.inpaint_mask"])


def recorded(fixture: Golden) -> Recorded:
    io = fixture.io
    return Recorded(
        0, inpaint=io["in.noise_vae_inpaint"], pasted=io["in.noise_vae_warp"], start=io["in.noise_q_sample"]
    )


def sampled(fixture: Golden, system: DciVton, run: str, **changes: Any) -> tuple[Any, Trace]:
    """Scaled latents, as the fixture keeps them."""
    trace, config = Trace(), fixture.meta["config"]
    words = {"steps": config["steps"], "guidance": config["cfg_scale"] if run == "plms_cfg" else 1.0,
             "noise": recorded(fixture), "on_step": trace}  # fmt: skip
    seen, garment = changes.pop("pictures", pictures(fixture)), fixture.io["in.ref_img_clip"].float()
    with torch.inference_mode():
        latents = (as_ddim(system) if run == "ddim" else system).sample(seen, garment, **{**words, **changes})
    return latents * dci_vton.SCALE, trace


def test_conditions(opened: tuple[Golden, DciVton]) -> None:
    fixture, system = opened
    io, limit = fixture.io, fixture.tolerance["latents"]
    with torch.inference_mode():
        expect(system.exemplar(io["in.ref_img_clip"].float()), io["mid.cond"], limit, "exemplar")
        latents, _, fixed = system._conditions(pictures(fixture), recorded(fixture))
    expect(latents, io["mid.start"], limit, "first latents")
    expect(fixed, io["mid.unet_in0"][:, 4:], limit, "what the UNet sees")
    expect(fixed[:, 4:], io["mid.mask_latent"], limit, "mask")


@pytest.mark.parametrize("run", RUNS)
def test_latents(opened: tuple[Golden, DciVton], run: str) -> None:
    fixture, system = opened
    seen: list[Any] = []
    unet = system.unet.register_forward_hook(lambda net, given, found: seen.append(found.sample))
    latents, trace = sampled(fixture, system, run)
    unet.remove()
    expect(latents, fixture.io[f"out.{run}.latents"], fixture.tolerance["latents"], f"latents of {run}")
    called = fixture.meta["timesteps_called_ddim" if run == "ddim" else "timesteps_called_plms"]
    assert len(seen) == len(called) and len(trace.steps) == len(set(called)), "a step that is done twice is one"
    if run == "plms":
        expect(seen[0], fixture.io["mid.eps0"], fixture.tolerance["latents"], "first prediction")


@pytest.mark.parametrize("run", ["plms", "ddim"])
def test_times(opened: tuple[Golden, DciVton], run: str) -> None:
    fixture, system = opened
    system = as_ddim(system) if run == "ddim" else system
    assert system._times(fixture.meta["config"]["steps"])[0].tolist() == fixture.meta[f"timesteps_called_{run}"]


def test_steps_that_do_not_divide_are_one_more(opened: tuple[Golden, DciVton]) -> None:
    """Latent diffusion strides by 1000 // 30 = 33 and so makes 31 steps of 30."""
    _, system = opened
    assert as_ddim(system)._times(30)[0].tolist() == list(range(991, 0, -33))
    assert system._times(30)[0].tolist()[:4] == [991, 958, 958, 925]
    for steps in (3, 7, 20, 99, 100):
        assert max(system._times(steps)[0].tolist()) < 1000


def test_a_guess_leaves_the_last_steps(opened: tuple[Golden, DciVton]) -> None:
    _, system = opened
    times, repeats = system._times(10, 0.4)
    assert times.tolist() == [301, 201, 201, 101, 1] and repeats == 1
    assert system._times(10, 0.01)[0].tolist() == [1]


def test_picture(opened: tuple[Golden, DciVton]) -> None:
    fixture, system = opened
    latents, _ = sampled(fixture, system, "plms")
    with torch.inference_mode():
        picture = (system.decode(latents / dci_vton.SCALE) / 2 + 0.5).clamp(0, 1)
    keep, photo = fixture.io["in.inpaint_mask"], (fixture.io["in.image"] / 2 + 0.5).clamp(0, 1)
    expect(picture * (1 - keep) + keep * photo, fixture.io["out.plms.result"], fixture.tolerance["result"], "picture")


# ------------------------------------------------------------------------------------------------ the warper


@pytest.fixture(scope="module")
def warper(tmp_path_factory: pytest.TempPathFactory) -> tuple[Golden, Any]:
    fixture = golden("dci_vton_warp")
    root = tmp_path_factory.mktemp("warp")
    hub.dci_vton(golden("dci_vton"), root)
    return fixture, open_system(runtime("dci-vton", hub.dci_vton_warper(fixture, root))).warper


def warped(fixture: Golden, net: Any) -> tuple[Any, Any, Any]:
    config, io = fixture.meta["config"], fixture.io
    given = (io["in.cloth"], io["in.cloth_mask"], io["in.parse_agnostic"], io["in.densepose"])
    size = config["W"], config["H"]
    with torch.inference_mode():
        return flow_of(net, given[0], *given[2:], size), *warp(net, *given, size)


def test_flow_and_warp(warper: tuple[Golden, Any]) -> None:
    fixture, net = warper
    limit = fixture.meta["tolerance"]
    flow, cloth, mask = warped(fixture, net)
    expect(flow, fixture.io["out.flow"], limit, "flow")
    expect(cloth, fixture.io["out.warped_cloth"], limit, "garment")
    expect(mask, fixture.io["out.warped_mask"], limit, "mask")


def test_commercial_use_takes_our_own_warp(warper: tuple[Golden, Any], tmp_path: Path) -> None:
    from tryon.settings import Settings

    hub.dci_vton(golden("dci_vton"), tmp_path)
    given = runtime("dci-vton", hub.dci_vton_warper(warper[0], tmp_path))
    assert open_system(replace(given, settings=Settings())).warper is not None
    assert open_system(replace(given, settings=Settings(commercial_only=True))).warper is None


def aligned_corners(patch: pytest.MonkeyPatch) -> None:
    right = flow_warper.F.grid_sample
    patch.setattr(
        flow_warper.F, "grid_sample", lambda *given, **words: right(*given, **{**words, "align_corners": True})
    )


def summed_correlation(patch: pytest.MonkeyPatch) -> None:
    right = flow_warper.correlation
    patch.setattr(flow_warper, "correlation", lambda a, b: right(a, b) * a.shape[1])


def column_by_column(patch: pytest.MonkeyPatch) -> None:
    right = flow_warper.correlation

    def turned(a: Any, b: Any) -> Any:
        values = right(a, b)
        return values.unflatten(1, (7, 7)).transpose(1, 2).flatten(1, 2)

    patch.setattr(flow_warper, "correlation", turned)


def border_for_the_mask(patch: pytest.MonkeyPatch) -> None:
    right = flow_warper.looked_up
    patch.setattr(flow_warper, "looked_up", lambda picture, grid, outside="border": right(picture, grid))


@pytest.mark.parametrize(
    "mutate", [aligned_corners, summed_correlation, column_by_column, border_for_the_mask], ids=lambda f: f.__name__
)
def test_wrong_warps_are_found(
    warper: tuple[Golden, Any], mutate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture, net = warper
    mutate(monkeypatch)
    flow, cloth, mask = warped(fixture, net)
    apart = max(
        far(flow, fixture.io["out.flow"]),
        far(cloth, fixture.io["out.warped_cloth"]),
        far(mask, fixture.io["out.warped_mask"]),
    )
    assert apart > 10 * fixture.meta["tolerance"]


def test_training_statistics_are_found(warper: tuple[Golden, Any]) -> None:
    """BatchNorm must use its stored moments."""
    fixture, net = warper
    net.train()
    try:
        assert far(warped(fixture, net)[0], fixture.io["out.flow"]) > 10 * fixture.meta["tolerance"]
    finally:
        net.eval()


# ----------------------------------------------------------------------------------------- wrong ways to sample


def pure_noise(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    return replace(system, scheduler=_Renoised.like(system.scheduler, lambda clean, noise: noise))


def upside_down(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    right = DciVton._conditions
    patch.setattr(
        DciVton, "_conditions", lambda self, seen, noise: right(self, replace(seen, keep=1 - seen.keep), noise)
    )
    return system


def hard_mask(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    right = DciVton._conditions

    def hardened(self: DciVton, seen: Pictures, noise: Any) -> Any:
        latents, start, fixed = right(self, seen, noise)
        small = torch.nn.functional.interpolate(seen.keep, size=latents.shape[-2:], mode="nearest")
        return latents, start, torch.cat([fixed[:, :4], small], dim=1)

    patch.setattr(DciVton, "_conditions", hardened)
    return system


def last_alpha_one(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    return replace(system, scheduler=rescheduled(system.scheduler, set_alpha_to_one=True))


def linear_betas(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    return replace(system, scheduler=rescheduled(system.scheduler, beta_schedule="linear"))


def no_offset(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    right = DciVton._times
    patch.setattr(DciVton, "_times", lambda self, *given: (right(self, *given)[0] - 1, right(self, *given)[1]))
    return system


def first_step_once(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    from diffusers import DDIMScheduler

    return replace(system, scheduler=DDIMScheduler(clip_sample=False, **dci_vton.SCHEDULE))


def no_mapper(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    other = deepcopy(system.exemplar)
    other.blocks = torch.nn.ModuleList()
    return replace(system, exemplar=other)


def unnormed_token(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    other, clip = deepcopy(system.exemplar), system.exemplar.clip

    class First(torch.nn.Module):
        def forward(self, pixel_values: Any) -> Any:
            found = clip(pixel_values=pixel_values)
            found.pooler_output = found.last_hidden_state[:, 0]
            return found

    other.clip = First()
    return replace(system, exemplar=other)


class _Renoised:
    @staticmethod
    def like(scheduler: Any, start: Callable[[Any, Any], Any]) -> Any:
        class Other(type(scheduler)):  # type: ignore[misc]
            def add_noise(self, clean: Any, noise: Any, times: Any) -> Any:
                return start(clean, noise)

        values = {key: value for key, value in scheduler.config.items() if not key.startswith("_")}
        return Other.from_config(values)


def arms_not_greyed(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    """The picture to start from where the one to be repainted belongs."""
    right = DciVton._conditions
    patch.setattr(
        DciVton, "_conditions", lambda self, seen, noise: right(self, replace(seen, inpaint=seen.pasted), noise)
    )
    return system


def middle_of_the_posterior(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    without_chance(patch, dci_vton)
    return system


def mask_before_the_picture(system: DciVton, patch: pytest.MonkeyPatch) -> DciVton:
    right = DciVton._conditions

    def conditions(self: DciVton, seen: Pictures, noise: Any) -> Any:
        latents, start, fixed = right(self, seen, noise)
        return latents, start, torch.cat([fixed[:, 4:], fixed[:, :4]], dim=1)

    patch.setattr(DciVton, "_conditions", conditions)
    return system


WRONG = [pure_noise, upside_down, hard_mask, last_alpha_one, linear_betas, no_offset, first_step_once, no_mapper,
         unnormed_token, arms_not_greyed, middle_of_the_posterior, mask_before_the_picture]  # fmt: skip


@pytest.mark.parametrize("mutate", WRONG, ids=lambda f: f.__name__)
def test_wrong_variants_are_found(
    opened: tuple[Golden, DciVton], mutate: Callable[..., DciVton], monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture, system = opened
    latents, _ = sampled(fixture, mutate(system, monkeypatch), "plms")
    assert far(latents, fixture.io["out.plms.latents"]) > 10 * fixture.tolerance["latents"]


def test_zeros_for_no_garment_are_found(opened: tuple[Golden, DciVton]) -> None:
    """Guidance starts from a learned vector, not from zeros."""
    fixture, system = opened
    other = deepcopy(system.exemplar)
    other.nothing.zero_()
    latents, _ = sampled(fixture, replace(system, exemplar=other), "plms_cfg")
    assert far(latents, fixture.io["out.plms_cfg.latents"]) > 10 * fixture.tolerance["latents"]


def test_guided_halves_swapped_are_found(opened: tuple[Golden, DciVton], monkeypatch: pytest.MonkeyPatch) -> None:
    from tryon.nets import reference_attention

    fixture, system = opened
    right = reference_attention.guided
    monkeypatch.setattr(
        reference_attention, "guided", lambda batch, scale, order: right(batch, scale, "conditional_first")
    )
    latents, _ = sampled(fixture, system, "plms_cfg")
    assert far(latents, fixture.io["out.plms_cfg.latents"]) > 10 * fixture.tolerance["latents"]
