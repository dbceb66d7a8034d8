"""FashionFlow and X2Fashion against upstream's own numbers: sampling through the product's loader, and training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.golden.common import Golden, expect, far, golden, torch, write_model, write_tensors
from tryon.nets import fashion_blocks, fashion_diffusion
from tryon.nets.fashion import Control
from tryon.transfer.diffusion.sampling import Place
from tryon.video import fashionflow, x2fashion
from tryon.video.fashion import checkpoint
from tryon.video.fashion.system import Fashion


class Case(ABC):
    """A fixture, the system opened from files as they are published, and what it is given."""

    networks: tuple[str, ...]

    def __init__(self, name: str, root: Path) -> None:
        self.fixture = golden(name)
        self.io, self.meta = self.fixture.io, self.fixture.meta
        self.path = root / "checkpoint.pth"
        write_tensors(self.path, self.published())
        model, title = self.meta["model"], "M"
        heads = model["attn_heads"], model["attn_dim_head"]
        self.opened: dict[str, Any] = {"dtype": torch.float32, "title": title}
        unet = checkpoint.open_unet(self.path, self.networks[0], heads, **self.opened)
        for level, block in enumerate(unet.downs):
            assert block[4].attention_2.heads == model["cross_heads_down"][level]
        vae = stock_vae(self.fixture, root / "vae")
        self.system = Fashion(unet, vae, Place("cpu"), unsigned=name == "fashionflow")

    def published(self) -> dict[str, Any]:
        """The networks as tables in one pickle, beside what training leaves there."""
        tables: dict[str, Any] = {name: self.fixture.part(f"{name}.") for name in self.networks}
        return {**tables, "opt": {"state": {0: {"exp_avg": torch.zeros(1)}}, "param_groups": []}, "epoch": 1000}

    @property
    def noise(self) -> Any:
        """The posterior's noise of the first sample, then what the film starts from, then that of every step."""
        steps = iter([self.io["vae_noise"], films(self.io["x_T"]), *films_each(self.io["step_noise"])])
        return lambda shape: next(steps)

    @abstractmethod
    def context(self) -> tuple[Any, Any, Control | None]:
        """First latents of all samples, context of all samples, control of all samples."""

    @abstractmethod
    def trained(self) -> dict[str, Any]:
        """Network name -> module."""


class FashionFlowCase(Case):
    networks = ("net", "adapter")

    def __init__(self, root: Path) -> None:
        super().__init__("fashionflow", root)
        self.adapter = checkpoint.open_adapter(self.path, **self.opened)
        config = self.meta["model"]["clip"]
        folder = root / "clip"
        tensors = {
            f"vision_model.{key.removeprefix('vision_model.')}": v for key, v in self.fixture.part("clip.").items()
        }
        write_model(
            folder, {"model_type": "clip", "vision_config": config, "text_config": {}}, tensors, "model.safetensors"
        )
        self.clip = fashionflow.image_tower(folder, **self.opened)

    def pixels(self) -> Any:
        return torch.cat(
            [fashionflow.seen_by_clip(np.moveaxis(p.numpy(), 0, -1), True) for p in self.io["image_uint8"]]
        )

    def context(self) -> tuple[Any, Any, Control | None]:
        first = self.system.encode(self.io["image_uint8"].float() / 255 * 2 - 1, lambda shape: self.io["vae_noise"])
        hidden = self.clip(self.pixels()).last_hidden_state
        return first, self.adapter(hidden, first), None

    def trained(self) -> dict[str, Any]:
        return {"net": self.system.unet, "adapter": self.adapter}


class X2FashionCase(Case):
    networks = ("unet", "app_net", "pose_net")

    def __init__(self, root: Path) -> None:
        super().__init__("x2fashion", root)
        self.pose, self.look = checkpoint.open_controls(self.path, **self.opened)
        folder = root / "text"
        tensors = {f"text_model.{key.removeprefix('text_model.')}": v for key, v in self.fixture.part("text.").items()}
        write_model(
            folder, {"model_type": "clip", "text_config": self.meta["model"]["text"]}, tensors, "model.safetensors"
        )
        self.text = x2fashion.text_tower(folder, **self.opened)

    def context(self) -> tuple[Any, Any, Control | None]:
        first = self.system.encode(self.io["image_uint8"].float() / 255 * 2 - 1, lambda shape: self.io["vae_noise"])
        poses = self.io["pose_uint8_small"].float() / 255 * 2 - 1
        poses = poses.repeat_interleave(8, 3).repeat_interleave(8, 4).transpose(1, 2)
        skips, middle = self.look(first)
        return first, self.text(self.io["tokens"]).last_hidden_state, Control(self.pose(poses), skips, middle)

    def trained(self) -> dict[str, Any]:
        return {"unet": self.system.unet, "app_net": self.look, "pose_net": self.pose}


CASES: dict[str, Callable[[Path], Case]] = {"fashionflow": FashionFlowCase, "x2fashion": X2FashionCase}


@pytest.fixture(scope="module", params=sorted(CASES))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    yield CASES[request.param](tmp_path_factory.mktemp(request.param))


def stock_vae(fixture: Golden, folder: Path) -> Any:
    from tryon.transfer.diffusion import models

    config = fixture.meta["model"]["vae"]
    levels = len(config["block_out_channels"])
    config = {
        **config,
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "scaling_factor": 0.18215,
    }
    write_model(folder, config, fixture.part("vae."), "diffusion_pytorch_model.safetensors")
    return models.autoencoder(folder, title="M", dtype=torch.float32)


def films(frames_first: Any) -> Any:
    """(b, f, c, h, w), as upstream has it -> (b, c, f, h, w)."""
    return frames_first.transpose(1, 2)


def films_each(steps: Any) -> list[Any]:
    return [films(step) for step in steps]


def one(control: Control | None) -> Control | None:
    """Of the first sample."""
    return control and Control(control.pose[:1], [skip[:1] for skip in control.skips], control.middle[:1])


def sampled(case: Case) -> list[Any]:
    """Latents after every step, and the film."""
    first, context, control = case.context()
    trace: list[Any] = []
    steps = iter(films_each(case.io["step_noise"]))
    fashion_diffusion.published_steps(
        lambda latents, times: case.system.predict(latents, times, context[:1], one(control)),
        films(case.io["x_T"]),
        first[:1, :, None],
        lambda shape: next(steps),
        lambda step: trace.append(step.latents),
        case.io["timesteps"].tolist(),
    )
    return trace


def test_betas() -> None:
    fixture = golden("fashionflow")
    assert far(fashion_diffusion.betas(), fixture.io["betas"]) < 1e-9


def test_conditions(case: Case) -> None:
    with torch.inference_mode():
        first, context, control = case.context()
    expect(films(first[:1, :, None]), case.io["first_latent"], 1e-5, "first latents")
    if isinstance(case, FashionFlowCase):
        expect(case.pixels(), case.io["clip_pixel_values"], 1e-5, "what CLIP sees")
        expect(context[:1], case.io["adapter_out"], 1e-5, "context")
    if control is not None:
        expect(context[:1], case.io["text_hidden"], 1e-5, "text")
        expect(control.pose[:1], case.io["pose_embed"], 2e-5, "pose")
        expect(control.middle[:1, :, 0], case.io["app_mid"], 2e-5, "appearance, middle")
        for index, skip in enumerate(control.skips):
            expect(skip[:1, :, 0], case.io[f"app_down_{index}"], 2e-5, f"appearance, skip {index}")


def test_unet(case: Case) -> None:
    with torch.inference_mode():
        first, context, control = case.context()
        latents = films(case.io["x_T"]).clone()
        latents[:, :, :1] = first[:1, :, None]
        ours = films(case.system.predict(latents, torch.tensor([500.0]), context[:1], one(control)))
    theirs = case.io["unet_t500"]
    # The fixture's limit is of values about 1; larger ones round more.
    expect(ours, theirs, case.fixture.tolerance["unet"] * max(1.0, float(theirs.abs().max())), "UNet")


def test_latents_and_film(case: Case) -> None:
    with torch.inference_mode():
        trace = sampled(case)
        for index, ours in enumerate(trace):
            theirs = case.io["trajectory"][index + 1]
            limit = case.fixture.tolerance["trajectory"] * max(1.0, float(theirs.abs().max()))
            expect(films(ours), theirs, limit, f"latents after step {index}")
        frames = list(case.system.decode(trace[-1]))
    film = torch.stack([frames[0], frames[-1]], dim=1) / 2 + 0.5
    expect(film.clamp(0, 1), case.io["video_first_last"], case.fixture.tolerance["video"], "film")


def test_training_step(case: Case) -> None:
    """Loss, gradients and the weights after one step of the authors' optimiser."""
    networks = case.trained()
    before = {name: {k: v.clone() for k, v in module.state_dict().items()} for name, module in networks.items()}
    parameters = {
        f"{name}.{key}": value.requires_grad_(True)
        for name, module in networks.items()
        for key, value in module.named_parameters()
    }
    with torch.no_grad():
        first, _, _ = case.context()
    try:
        loss = trained_once(case, first)
        loss = loss.detach()
        expect(loss[None], case.io["train_loss"], case.fixture.tolerance["loss"] * float(loss), "loss")
        limit = case.fixture.tolerance["grads_rel"]
        norm = torch.stack([p.grad.norm() for p in parameters.values() if p.grad is not None]).norm()
        expect(norm[None], case.io["train_grad_norm"], limit * float(norm), "norm of all gradients")
        assert sum(p.grad is None for p in parameters.values()) == int(case.io["train_params_without_grad"])
        for key, theirs in case.io.items():
            if key.startswith("grad."):
                ours = parameters[key.removeprefix("grad.")].grad
                expect(ours, theirs, limit * float(theirs.abs().max()), key)
        # A tenth of the step, which is 1e-4: AdamW makes steps of equal size of gradients that are next to nothing.
        torch.optim.AdamW(parameters.values(), lr=1e-4, weight_decay=0.01).step()
        for key, theirs in case.io.items():
            if key.startswith("after_step."):
                expect(parameters[key.removeprefix("after_step.")].detach(), theirs, 1e-5, key)
    finally:
        for name, module in networks.items():
            module.load_state_dict(before[name])
            module.requires_grad_(False)
            for parameter in module.parameters():
                parameter.grad = None


def trained_once(case: Case, first: Any) -> Any:
    io = case.io
    _, context, control = case.context()
    noisy, target = fashion_diffusion.training_pair(
        films(io["train_latents"]), films(io["train_noise"]), io["train_timesteps"]
    )
    answer = case.system.unet(noisy, io["train_timesteps"].float(), context, control)
    loss = fashion_diffusion.training_loss(answer, target)
    loss.backward()
    return loss


def test_both_samplers_find_what_the_noise_hides() -> None:
    """A network that knows the answer: both samplers must end at it, and keep the first frame."""
    torch.manual_seed(0)
    film, first = torch.randn(1, 4, 4, 6, 4), torch.full((1, 4, 1, 6, 4), 0.3)
    alpha = torch.cumprod(1 - fashion_diffusion.betas(), 0)

    def predict(latents: Any, times: Any) -> Any:
        now = alpha[int(times[0])]
        return (latents - now.sqrt() * film) / (1 - now).sqrt()

    start = torch.randn(film.shape)
    seen: list[Any] = []
    quick = fashion_diffusion.quick_steps(predict, start, first, 20, seen.append)
    slow = fashion_diffusion.published_steps(predict, start, first, torch.randn, lambda step: None)
    assert len(seen) == 20
    for result in (quick, slow):
        assert far(result[:, :, :1], first) == 0
        assert far(result[:, :, 1:], film[:, :, 1:]) < 0.05


# ------------------------------------------------------------------------------- every trap, built in wrongly


def signed(case: Case, patch: pytest.MonkeyPatch) -> None:
    case.system = replace(case.system, unsigned=not case.system.unsigned)


def rescaled_once(case: Case, patch: pytest.MonkeyPatch) -> None:
    right = fashionflow.seen_by_clip
    patch.setattr(fashionflow, "seen_by_clip", lambda pixels, twice: right(pixels, not twice))


def first_frame_free(case: Case, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fashion_diffusion, "_with_first", lambda latents, first: latents)


def middle_of_other_heads(case: Case, patch: pytest.MonkeyPatch) -> None:
    for attention in (case.system.unet.mid_attn.spatial_attn, case.system.unet.mid_attn.temporal_attn):
        patch.setattr(attention, "heads", 16)
    bias = fashion_blocks.PositionBias.forward
    patch.setattr(
        fashion_blocks.PositionBias,
        "forward",
        lambda self, *sides: (
            bias(self, *sides).repeat_interleave(2, 0) if self.net[2].out_features == 8 else bias(self, *sides)
        ),
    )


def way_around_the_context(case: Case, patch: pytest.MonkeyPatch) -> None:
    forward = fashion_blocks.ContextBlock.forward
    patch.setattr(fashion_blocks.ContextBlock, "forward", lambda self, x, context: x + forward(self, x, context))


def no_look_back(case: Case, patch: pytest.MonkeyPatch) -> None:
    pad = fashion_blocks.F.pad
    patch.setattr(fashion_blocks.F, "pad", lambda x, sides, *a, **k: x if sides[-1] == -1 else pad(x, sides, *a, **k))


def other_channel_order(case: Case, patch: pytest.MonkeyPatch) -> None:
    def unshuffle(x: Any, side: int) -> Any:
        count, channels, height, width = x.shape
        parts = x.reshape(count, channels, height // side, side, width // side, side)
        return parts.permute(0, 3, 5, 1, 2, 4).reshape(count, channels * side * side, height // side, width // side)

    patch.setattr(fashion_blocks.F, "pixel_unshuffle", unshuffle)


MUTATIONS = (
    (signed, ("fashionflow", "x2fashion")),
    (rescaled_once, ("fashionflow",)),
    (first_frame_free, ("fashionflow", "x2fashion")),
    (middle_of_other_heads, ("x2fashion",)),
    (way_around_the_context, ("x2fashion",)),
    (no_look_back, ("x2fashion",)),
    (other_channel_order, ("x2fashion",)),
)


@pytest.mark.parametrize(
    ("wrong", "system"),
    [(wrong, system) for wrong, systems in MUTATIONS for system in systems],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_wrong_build_is_noticed(wrong: Any, system: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    case = CASES[system](tmp_path)
    wrong(case, monkeypatch)
    with pytest.raises(AssertionError):
        test_conditions(case)
        test_unet(case)
        test_latents_and_film(case)


def test_first_frame_has_no_target() -> None:
    """The loss leaves the clean first frame out; with a target of its own it would be another number."""
    torch.manual_seed(0)
    latents, noise, times = torch.randn(2, 4, 4, 4, 4), torch.randn(2, 4, 4, 4, 4), torch.tensor([100, 900])
    noisy, target = fashion_diffusion.training_pair(latents, noise, times)
    assert far(noisy[:, :, 0], latents[:, :, 0]) == 0 and not target[:, :, 0].any()
    assert far(target[:, :, 1:], noise[:, :, 1:]) == 0
    assert float(fashion_diffusion.training_loss(target + 1, target)) == pytest.approx(4.0)
