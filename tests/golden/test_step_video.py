"""Step-Video-TI2V's three own networks against upstream's own numbers, through the product's loaders."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.common import ROOT, Golden, expect, far, golden, torch, write_json, write_tensors
from tryon.nets import step_llm, step_video, step_video_vae
from tryon.nets.step_llm import LlmParams, StepLlm
from tryon.nets.step_video import DenoiserParams, StepDenoiser, Words
from tryon.nets.step_video_vae import StepVae, StepVaeParams
from tryon.video import step_video_engine as engine
from tryon.weights.fill import built

FORWARD, RUN = 2e-5, 2e-4  # of one network, of whole runs: the fixture's own tolerances


class Case:
    """The fixture and the networks opened from its files, laid out as the repository is."""

    def __init__(self, root: Path) -> None:
        self.fixture: Golden = golden("step_video")
        self.io, self.meta = self.fixture.io, self.fixture.meta
        from safetensors.torch import load_file

        files = {name: load_file(ROOT / "step_video" / f"weights{name}.safetensors") for name in ("", "_vae", "_llm")}
        names = list(files[""])
        shards = {"a": names[: len(names) // 2], "b": names[len(names) // 2 :]}
        for shard, keys in shards.items():
            path = root / f"transformer/diffusion_pytorch_model-{shard}.safetensors"
            write_tensors(path, {key: files[""][key] for key in keys})
        write_json(root / "step_llm/config.json", self.meta["llm_config"])
        write_tensors(root / "step_llm/model-00001-of-00001.safetensors", files["_llm"])
        write_tensors(root / "vae/vae_v2.safetensors", files["_vae"])
        opened: dict[str, Any] = {"title": "M", "dtype": torch.float32}
        self.denoiser = engine.open_denoiser(root / "transformer", **opened)
        self.llm = engine.open_llm(root / "step_llm", **opened)
        groups = self.meta["vae_config"]["group_norm_groups"]
        self.vae = engine.open_autoencoder(root / "vae/vae_v2.safetensors", groups=groups, **opened)
        self.words = Words(self.io["text.llm"], self.io["text.clip"], self.io["text.mask"])

    def first(self) -> Any:
        mean, spread = self.vae.encode(self.io["sample.picture_resized"])
        return mean + spread * self.io["sample.picture_eps"]

    def run(self) -> tuple[Any, dict[int, Any]]:
        asked, before = self.meta["sampling"], {}
        latents = step_video.sample(
            self.denoiser,
            engine.scheduler(asked["time_shift"]),
            self.io["sample.noise"],
            self.first(),
            self.words,
            steps=asked["num_inference_steps"],
            guidance=asked["guidance_scale"],
            motion=asked["motion_score"],
            dtype=torch.float32,
            on_step=lambda index, latents: before.__setitem__(index, latents),
        )
        return latents, before

    def predict(self, *, motion: float | None = None) -> Any:
        io, count = self.io, len(self.io["dit.latent"])
        score = self.meta["sampling"]["motion_score"] if motion is None else motion
        return self.denoiser(
            io["dit.latent"], io["dit.cond"], io["dit.timestep"], torch.full((count,), score),
            *(io[f"text.{name}"][:count] for name in ("llm", "clip", "mask")),
        )  # fmt: skip


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with torch.no_grad():
        yield Case(tmp_path_factory.mktemp("step"))


def film(case: Case, latents: Any) -> Any:
    return torch.cat(list(case.vae.decode(latents)), dim=1)


def test_denoiser(case: Case) -> None:
    expect(case.predict(), case.io["dit.out"], FORWARD, "velocity")


def test_llm(case: Case) -> None:
    expect(case.llm(case.io["llm.ids"]), case.io["llm.out"], FORWARD, "text")


def test_autoencoder(case: Case) -> None:
    io = case.io
    mean, spread = case.vae.encode(io["vae.video"])
    expect(mean, io["vae.mean"], FORWARD, "mean")
    expect(spread, io["vae.std"], FORWARD, "spread")
    mean, spread = case.vae.encode(io["vae.video"][:, :1])
    expect(mean, io["vae.image_mean"], FORWARD, "mean of a picture")
    expect(spread, io["vae.image_std"], FORWARD, "spread of a picture")
    expect(film(case, io["vae.mean"]), io["vae.decoded"], FORWARD, "film")
    expect(film(case, io["vae.image_mean"]), io["vae.image_decoded"], FORWARD, "picture")


def test_run(case: Case) -> None:
    latents, before = case.run()
    expect(case.first(), case.io["sample.cond"][:1, :1], FORWARD, "latents of the picture")
    for key in (key for key in case.io if key.startswith("sample.latent_before_step")):
        expect(before[int(key.rsplit("step", 1)[1])], case.io[key], RUN, key)
    expect(latents, case.io["sample.final_latent"], RUN, "latents")
    expect(film(case, latents), case.io["sample.video"], RUN, "film")


def test_schedule(case: Case) -> None:
    for name, known in case.meta["sigma_schedules"].items():
        steps, shift = name.split("_")
        made = engine.scheduler(float(shift))
        made.set_timesteps(sigmas=step_video.sigmas(int(steps)))
        expect(1 - made.sigmas, torch.tensor(known), 2e-7, name)


def test_bfloat16_rounds_where_upstream_does() -> None:
    """A time before it is multiplied and after; angles before their cosines are taken."""
    seen: list[Any] = []
    time = torch.tensor([0.7903], dtype=torch.bfloat16)
    layer = step_video.TimeAndMotion(8).bfloat16()
    layer.waves.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    layer(time, torch.tensor([5.0], dtype=torch.bfloat16))
    assert seen[0].float().tolist() == [788.0]
    exact = step_video.rotation(1, 1, 62, 128, torch.float32)[0]
    rounded = step_video.rotation(1, 1, 62, 128, torch.bfloat16)[0]
    # The fastest of the columns' channels: an angle of 61 has half a step of 0.125 in bfloat16.
    column = 61 / 1e4 ** (torch.arange(0, 32, 2) / 32)
    assert far(exact[-1, 96:112], column.cos()) < 1e-5
    assert torch.equal(rounded[-1, 96:112], column.bfloat16().cos())
    assert far(rounded, exact) > 0.05


# ------------------------------------------------------------------------------- every trap, built in wrongly

Mutation = Callable[[Case, pytest.MonkeyPatch], None]


def other_parts(case: Case, patch: pytest.MonkeyPatch) -> None:
    """Half of a head's channels turned by the column, not by time."""
    patch.setattr(step_video, "_parts", lambda head: (head // 4, head // 4, head // 2))


def neighbours(case: Case, patch: pytest.MonkeyPatch) -> None:
    """Neighbouring channels turned against each other."""

    def turned(x: Any, rope: Any) -> Any:
        pairs = x.unflatten(-1, (-1, 2))
        other = torch.stack([-pairs[..., 1], pairs[..., 0]], dim=-1).flatten(-2)
        return x * rope[0].to(x) + other * rope[1].to(x)

    patch.setattr(step_video, "turned", turned)


def whole_then_heads(case: Case, patch: pytest.MonkeyPatch) -> None:
    """Queries, keys and values one behind the other, not head by head."""

    def forward(self: Any, x: Any, rope: Any) -> Any:
        query, key, value = (step_video.by_head(part, self.heads) for part in self.wqkv(x).chunk(3, dim=-1))
        query, key = step_video.turned(self.q_norm(query), rope), step_video.turned(self.k_norm(key), rope)
        seen = torch.nn.functional.scaled_dot_product_attention(query, key, value)
        return self.wo(seen.transpose(1, 2).flatten(2))

    patch.setattr(step_video.SelfAttention, "forward", forward)


def text_first(case: Case, patch: pytest.MonkeyPatch) -> None:
    """All words seen, also those that only fill up."""
    patch.setattr(case, "words", Words(case.words.llm, case.words.clip, torch.ones_like(case.words.mask)))


def picture_in_one(case: Case, patch: pytest.MonkeyPatch) -> None:
    """The picture left out where the words are left out."""
    right, calls = StepDenoiser.forward, []

    def forward(self: Any, latents: Any, picture: Any, *rest: Any) -> Any:
        calls.append(None)
        return right(self, latents, picture * (len(calls) % 2), *rest)

    patch.setattr(StepDenoiser, "forward", forward)


def no_shift(case: Case, patch: pytest.MonkeyPatch) -> None:
    right = engine.scheduler
    patch.setattr(engine, "scheduler", lambda shift: right(1.0))


def thousandfold(case: Case, patch: pytest.MonkeyPatch) -> None:
    """Time as noise left, not as film made."""
    right = step_video.TimeAndMotion.forward
    patch.setattr(step_video.TimeAndMotion, "forward", lambda self, time, motion: right(self, 1 - time, motion))


def no_motion(case: Case, patch: pytest.MonkeyPatch) -> None:
    right = step_video.TimeAndMotion.forward
    patch.setattr(step_video.TimeAndMotion, "forward", lambda self, time, motion: right(self, time, 0 * motion))


@pytest.mark.parametrize(
    "mutation",
    [other_parts, neighbours, whole_then_heads, text_first, picture_in_one, no_shift, thousandfold, no_motion],
)
def test_wrong_builds_are_noticed(mutation: Mutation, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation(case, monkeypatch)
    latents, _ = case.run()
    assert far(latents, case.io["sample.final_latent"]) > 5 * RUN


def no_penalty(patch: pytest.MonkeyPatch) -> None:
    """A text network without positions."""
    right = step_llm.penalty
    patch.setattr(step_llm, "penalty", lambda *sizes: torch.where(right(*sizes) == -torch.inf, -torch.inf, 0.0))


def linear_penalty(patch: pytest.MonkeyPatch) -> None:
    """ALiBi as in its paper."""
    right = step_llm.penalty
    patch.setattr(step_llm, "penalty", lambda heads, n: -(right(heads, n) ** 2) / step_llm.slopes(heads)[:, None, None])


def plain_slopes(patch: pytest.MonkeyPatch) -> None:
    """One row of powers for every number of heads."""
    patch.setattr(step_llm, "slopes", lambda heads: 2.0 ** (-8 * torch.arange(1, heads + 1) / heads))


@pytest.mark.parametrize("mutation", [no_penalty, linear_penalty, plain_slopes])
def test_wrong_text_networks_are_noticed(
    mutation: Callable[[pytest.MonkeyPatch], None], case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = case.meta["llm_config"]["num_attention_heads"]
    if mutation is plain_slopes and math.log2(heads).is_integer():
        pytest.skip("with a power of two both are the same")
    mutation(monkeypatch)
    assert far(case.llm(case.io["llm.ids"]), case.io["llm.out"]) > 1e-3


def unmixed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(step_video_vae, "SHARE", 1.0)


def whole_film_norms(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(step_video_vae.FrameNorm, "forward", torch.nn.GroupNorm.forward)


def seen_both_ways(patch: pytest.MonkeyPatch) -> None:
    """An attention that sees what comes."""
    right = torch.nn.functional.scaled_dot_product_attention
    patch.setattr(step_video_vae.F, "scaled_dot_product_attention", lambda q, k, v, is_causal: right(q, k, v))


@pytest.mark.parametrize("mutation", [unmixed, whole_film_norms, seen_both_ways])
def test_wrong_autoencoders_are_noticed(
    mutation: Callable[[pytest.MonkeyPatch], None], case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutation(monkeypatch)
    assert far(film(case, case.io["vae.mean"]), case.io["vae.decoded"]) > 1e-3


@pytest.mark.parametrize(
    ("make", "table"),
    [(lambda: StepDenoiser(DenoiserParams()), "step_video"), (lambda: StepVae(StepVaeParams()), "step_video_vae")],
)
def test_published_keys_at_full_size(make: Callable[[], Any], table: str) -> None:
    text = (Path(__file__).parent / f"keys/{table}.json").read_text()
    # The table is of upstream's module; its file is a level shallower here.
    known = json.loads(text.replace("decoder.conv_out.conv.", "decoder.conv_out."))
    module = built(make)
    assert {key: list(value.shape) for key, value in module.state_dict().items()} == known


def test_llm_at_full_size() -> None:
    module = built(lambda: StepLlm(LlmParams()))
    assert sum(parameter.numel() for parameter in module.parameters()) == 19_579_600_896
