"""Open-Sora 2.0 and its deep-compression autoencoder against upstream's own numbers, through the product's loaders."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.golden.common import ROOT, Golden, expect, far, golden, torch
from tryon.nets import open_sora as net
from tryon.nets import video_dcae
from tryon.video import open_sora
from tryon.video.open_sora_engine import HunyuanCoder, open_coder, open_transformer, set_tiling
from tryon.weights import open_sora as remap

FORWARD, RUN = 2e-5, 2e-4  # of one network, of whole runs: the fixtures' own tolerances


class Case:
    """A fixture and the networks opened from its published files."""

    def __init__(self, name: str, autoencoder: str) -> None:
        self.fixture: Golden = golden(name)
        self.io, self.meta = self.fixture.io, self.fixture.meta
        folder = ROOT / name
        self.weights = folder / "weights.safetensors"
        groups = self.meta.get("hunyuan_vae_config", {}).get("norm_num_groups", 32)
        self.coder = open_coder(folder / autoencoder, title="M", dtype=torch.float32, groups=groups)
        if isinstance(self.coder, HunyuanCoder):
            set_tiling(self.coder.vae, side=self.meta["hunyuan_vae_config"]["sample_size"])
        self.transformer = self.opened()
        names = ("pos", "neg")
        self.words = net.Words(
            tuple(self.io[f"text.t5_{name}"][None] for name in names),  # type: ignore[arg-type]
            tuple(self.io[f"text.clip_{name}"][None] for name in names),  # type: ignore[arg-type]
        )
        self.prefix = "dc_sample." if name.endswith("dcae") else "sample."

    def opened(self) -> Any:
        axes = tuple(self.meta["mmdit_config"]["axes_dim"])
        return open_transformer(self.weights, title="M", dtype=torch.float32, axes=axes)

    @property
    def patch(self) -> int:
        return self.meta["mmdit_config"]["patch_size"]

    def runs(self) -> Mapping[str, Any]:
        return {tag.removeprefix("dc_"): run for tag, run in self.meta["runs"].items()}

    def given(self, tag: str) -> dict[int, Any]:
        name = f"{self.prefix}{tag}"
        last = self.io[f"{name}.noise"].shape[2] - 1
        places = {"ref0": last if tag == "i2v_tail" else 0, "ref1": last}
        known = {ref: place for ref, place in places.items() if f"{name}.{ref}" in self.io}
        return {place: self.io[f"{name}.{ref}"][None, :, 0] for ref, place in known.items()}

    def run(self, tag: str, transformer: Any = None) -> tuple[Any, dict[int, Any]]:
        from diffusers import FlowMatchEulerDiscreteScheduler

        asked, before = self.runs()[tag]["sampling_option"], {}
        latents = net.sample(
            transformer or self.transformer,
            FlowMatchEulerDiscreteScheduler(shift=1.0),
            self.io[f"{self.prefix}{tag}.noise"],
            self.given(tag),
            self.words,
            steps=asked["num_steps"],
            guidance=net.Guidance(text=asked["guidance"], image=asked["guidance_img"]),
            patch=self.patch,
            dtype=torch.float32,
            on_step=lambda step, tokens: before.__setitem__(step, tokens.clone()),
        )
        return latents, before


@pytest.fixture(scope="module")
def hunyuan() -> Iterator[Case]:
    with torch.no_grad():
        yield Case("open_sora", "weights_hunyuan_vae.safetensors")


@pytest.fixture(scope="module")
def deep() -> Iterator[Case]:
    with torch.no_grad():
        yield Case("open_sora_dcae", "weights_dc_ae.safetensors")


def forward(case: Case, transformer: Any) -> Any:
    io, count = case.io, len(case.io["mmdit.latent"])
    tokens = [net.pack(io[f"mmdit.{name}"], case.patch) for name in ("latent", "cond")]
    frames, height, width = io["mmdit.latent"].shape[2:]
    return transformer(
        torch.cat(tokens, -1),
        encoder_hidden_states=torch.cat(case.words.tokens)[:count],
        pooled_projections=torch.cat(case.words.pooled)[:count],
        timestep=io["mmdit.timestep"],
        img_ids=net.positions(frames, height // case.patch, width // case.patch),
        txt_ids=torch.zeros(case.words.tokens[0].shape[1], 3),
        return_dict=False,
    )[0]


def test_denoiser(hunyuan: Case) -> None:
    expect(forward(hunyuan, hunyuan.transformer), hunyuan.io["mmdit.out"], FORWARD, "prediction")


@pytest.mark.parametrize("system", ["hunyuan", "deep"])
def test_runs(system: str, request: pytest.FixtureRequest) -> None:
    case: Case = request.getfixturevalue(system)
    for tag in case.runs():
        name = f"{case.prefix}{tag}"
        latents, before = case.run(tag)
        for key in (key for key in case.io if key.startswith(f"{name}.packed_before_step")):
            expect(before[int(key.rsplit("step", 1)[1])], case.io[key], RUN, key)
        expect(latents, case.io[f"{name}.final_latent"], RUN, f"latents of {tag}")
        if f"{name}.video" in case.io:
            film = torch.cat(list(case.coder.decode(latents)), dim=1)
            expect(film[None], case.io[f"{name}.video"], RUN, f"film of {tag}")


def test_hunyuan_autoencoder(hunyuan: Case) -> None:
    io, vae, scale = hunyuan.io, hunyuan.coder.vae, hunyuan.coder.vae.config.scaling_factor
    assert scale == pytest.approx(hunyuan.meta["hunyuan_vae_config"]["scale_factor"])
    posterior = vae.encode(io["hunyuan_vae.video"]).latent_dist
    drawn = (posterior.mean + posterior.std * io["hunyuan_vae.eps"]) * scale
    expect(drawn, io["hunyuan_vae.sampled_latent"], FORWARD, "drawn latents")
    picture = io["hunyuan_vae.video"][:, :, 0]
    alone = hunyuan.coder.encode(
        picture, torch.zeros(1, *io["hunyuan_vae.image_latent"].shape[1:2], *io["hunyuan_vae.image_latent"].shape[3:])
    )
    expect(alone, io["hunyuan_vae.image_latent"][:, :, 0], FORWARD, "latents of a picture")
    for name in ("", "image_", "tiled_"):
        ours = torch.cat(list(hunyuan.coder.decode(io[f"hunyuan_vae.{name}latent"])), dim=1)[None]
        expect(ours, io[f"hunyuan_vae.{name}decoded"], 5e-5, f"{name}film")


def test_hunyuan_autoencoder_in_pieces_of_time(hunyuan: Case) -> None:
    """What a small card does; without it the numbers are others."""
    io, vae = hunyuan.io, hunyuan.coder.vae
    side = hunyuan.meta["hunyuan_vae_config"]["sample_size"]
    apart = lambda: torch.cat(list(hunyuan.coder.decode(io["hunyuan_vae.ttiled_latent"])), dim=1)[None]  # noqa: E731
    whole = apart()
    set_tiling(vae, over_time=True, side=side)
    try:
        ours = apart()
    finally:
        set_tiling(vae, side=side)
    expect(ours, io["hunyuan_vae.ttiled_decoded"], 5e-5, "film in pieces")
    assert far(whole, io["hunyuan_vae.ttiled_decoded"]) > 1e-3


def test_deep_autoencoder(deep: Case) -> None:
    io, vae = deep.io, deep.coder.vae
    for name in ("", "image_"):
        ours = torch.cat(list(vae.decode(io[f"dc_ae.{name}latent"])), dim=2)
        expect(ours, io[f"dc_ae.{name}decoded"], FORWARD, f"{name}film")
    video = io["dc_ae.video"]
    expect(vae.encode(video), io["dc_ae.latent"], FORWARD, "latents")
    expect(vae.encode(video[:, :, :1]), io["dc_ae.image_latent"], FORWARD, "latents of a picture")
    expect(tiled(deep, "encode", io["dc_ae.stiled_video"]), io["dc_ae.stiled_encoded"], FORWARD, "latents in tiles")
    for name in ("stiled", "gtiled", "ttiled"):
        ours = tiled(deep, "decode", io[f"dc_ae.{name}_latent"])
        expect(ours, io[f"dc_ae.{name}_decoded"], 5e-5, f"film in tiles ({name})")
    head = f"{deep.prefix}i2v_head.ref0"
    ours = deep.coder.encode(io[f"{deep.prefix}head"][None, :, 0], torch.zeros(1))
    expect(ours, io[head][None, :, 0], FORWARD, "the given picture")


def tiled(deep: Case, way: str, x: Any) -> Any:
    """With the fixture's small tiles."""
    vae = deep.coder.vae
    vae.tile, vae.tile_frames = 128, 16
    try:
        done = getattr(vae, way)(x)
        return done if way == "encode" else torch.cat(list(done), dim=2)
    finally:
        vae.tile, vae.tile_frames = video_dcae.TILE, video_dcae.TILE_FRAMES


def test_schedules(hunyuan: Case) -> None:
    for name, known in hunyuan.meta["schedules"].items():
        ours = net.sigmas(50, known["image_seq_len"], known["latent_frames"])
        expect(ours, torch.tensor(known["timesteps50"]), 1e-7, name)


def test_sentences(hunyuan: Case) -> None:
    known = hunyuan.meta["prompts"]
    assert [net.sentence(text, 24, 4.0) for text in known["raw"]] == known["fps24_motion4"]


def test_sizes(hunyuan: Case) -> None:
    """What the catalogue says that it was trained on is in upstream's table."""
    table = hunyuan.meta["buckets_height_width"]
    for spec, name in ((open_sora.SPECS[0], "768px"), (open_sora.SPECS[1], "256px")):
        assert {(height, width) for width, height in spec.native} <= {tuple(size) for size in table[name].values()}


# ------------------------------------------------------------------------------- every trap, built in wrongly

Mutation = Callable[[Case, pytest.MonkeyPatch], Any]


def half_rotation(case: Case, patch: pytest.MonkeyPatch) -> Any:
    """Queries and keys left in the file's order."""
    patch.setattr(remap, "interleaved", lambda rows, head: rows)
    return case.opened()


def scale_before_shift(case: Case, patch: pytest.MonkeyPatch) -> Any:
    model = case.opened()
    linear = model.norm_out.linear
    linear.weight.data = torch.cat(linear.weight.data.chunk(2)[::-1])
    linear.bias.data = torch.cat(linear.bias.data.chunk(2)[::-1])
    return model


def one_bias(case: Case, patch: pytest.MonkeyPatch) -> Any:
    """The condition's own bias forgotten."""
    from safetensors.torch import load_file

    model = case.opened()
    model.x_embedder.bias.data = load_file(case.weights)["img_in.bias"]
    return model


def no_mark(case: Case, patch: pytest.MonkeyPatch) -> Any:
    """Given frames not marked as given."""
    made = net.condition

    def without(shape: Any, given: Any) -> Any:
        values = made(shape, given)
        values[:, 0] = 0
        return values

    patch.setattr(net, "condition", without)
    return case.transformer


def no_swing(case: Case, patch: pytest.MonkeyPatch) -> Any:
    patch.setattr(net, "FREE_STEPS", 1000)
    return case.transformer


def swing_of_the_text_only(case: Case, patch: pytest.MonkeyPatch) -> Any:
    right = net.scales

    def other(index: int, steps: int, frames: int, guidance: Any, *, pictured: bool) -> Any:
        text, _ = right(index, steps, frames, guidance, pictured=pictured)
        return text, right(0 if index % 2 else index, steps, frames, guidance, pictured=pictured)[1]

    patch.setattr(net, "scales", other)
    return case.transformer


def even_scale(case: Case, patch: pytest.MonkeyPatch) -> Any:
    """The picture's scale the same for all frames."""
    right = net.scales
    patch.setattr(net, "scales", lambda *args, pictured: right(*args, pictured=False))
    return case.transformer


def length_of_the_film(case: Case, patch: pytest.MonkeyPatch) -> Any:
    """The schedule shifted by all tokens, not by those of a frame."""
    right = net.sigmas
    patch.setattr(net, "sigmas", lambda steps, tokens, frames: right(steps, tokens * frames, frames))
    return case.transformer


def channels_last(case: Case, patch: pytest.MonkeyPatch) -> Any:
    """A token's channels in the order (ph, pw, c)."""
    right = net.pack
    patch.setattr(net, "pack", lambda x, p: right(x, p).unflatten(-1, (-1, p * p)).transpose(-1, -2).flatten(-2))
    return case.transformer


def drifted_picture(case: Case, patch: pytest.MonkeyPatch) -> Any:
    """The given latents not put back at the end."""
    right = net.unpack

    class Kept(torch.Tensor):  # type: ignore[misc,unused-ignore]
        def __setitem__(self, place: Any, value: Any) -> None:
            """Nothing."""

    patch.setattr(net, "unpack", lambda *args: right(*args).as_subclass(Kept))
    return case.transformer


@pytest.mark.parametrize(
    "mutation",
    [half_rotation, scale_before_shift, one_bias, no_mark, no_swing, swing_of_the_text_only, even_scale,
     length_of_the_film, channels_last, drifted_picture],
)  # fmt: skip
def test_wrong_builds_are_noticed(mutation: Mutation, hunyuan: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = "i2v_head"
    model = mutation(hunyuan, monkeypatch)
    latents, _ = hunyuan.run(tag, model)
    known = hunyuan.io[f"{hunyuan.prefix}{tag}.final_latent"]
    monkeypatch.undo()
    assert far(latents.as_subclass(torch.Tensor), known) > 5 * RUN


def across_first(case: Case, patch: pytest.MonkeyPatch) -> None:
    """Tiles faded across before down, out of tiles that are not faded yet."""

    def plane(x: Any, code: Any, side: int, out: int) -> Any:
        stride, keep, fade = side * 3 // 4, out - out // 4, out // 4
        tops, lefts = range(0, x.shape[3], stride), range(0, x.shape[4], stride)
        rows = [[code(x[:, :, :, t : t + side, u : u + side]) for u in lefts] for t in tops]
        plain = [[tile.clone() for tile in row] for row in rows]
        for i, row in enumerate(rows):
            for j, tile in enumerate(row):
                if j:
                    video_dcae._fade(plain[i][j - 1], tile, 4, fade)
                if i:
                    video_dcae._fade(plain[i - 1][j], tile, 3, fade)
        return torch.cat([torch.cat([tile[..., :keep, :keep] for tile in row], 4) for row in rows], 3)

    patch.setattr(video_dcae, "_plane", plane)


def one_scale(case: Case, patch: pytest.MonkeyPatch) -> None:
    """The attention's wide second scale left out."""
    for module in case.coder.vae.modules():
        if isinstance(module, video_dcae.LinearAttention):
            weight = module.aggreg[0][0].weight
            patch.setattr(weight, "data", torch.zeros_like(weight))


def other_shortcut(case: Case, patch: pytest.MonkeyPatch) -> None:
    """Channels repeated as a block, not one by one."""

    def tiles(x: Any, out: int, factor: int, *, over_time: bool = False) -> Any:
        times = factor if over_time and x.shape[2] > 1 else 1
        b, c, f, h, w = x.shape
        x = x.repeat(1, out * factor * factor * times // c, 1, 1, 1)
        x = x.reshape(b, out, times, factor, factor, f, h, w).permute(0, 1, 5, 2, 6, 3, 7, 4)
        return x.reshape(b, out, f * times, h * factor, w * factor)

    patch.setattr(video_dcae, "unfolded", tiles)


@pytest.mark.parametrize("mutation", [across_first, one_scale, other_shortcut])
def test_wrong_autoencoders_are_noticed(mutation: Any, deep: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation(deep, monkeypatch)
    ours = tiled(deep, "decode", deep.io["dc_ae.gtiled_latent"])
    assert far(ours, deep.io["dc_ae.gtiled_decoded"]) > 1e-3


def test_all_keys_at_full_size() -> None:
    """The published tables, rearranged, are exactly what the stock classes want."""
    from diffusers import FluxTransformer2DModel

    from tryon.video.open_sora_engine import AXES
    from tryon.weights.fill import built
    from tryon.weights.rules import renamed

    tables = json.loads((Path(__file__).parent / "keys/open_sora.json").read_text())
    shapes = {key: tuple(shape) for key, shape in tables["mmdit"].items()}
    model = built(lambda: FluxTransformer2DModel(**remap.flux_config(shapes, AXES)))
    rearranged, made = remap.Rearranged(shapes), {}
    with torch.device("meta"):
        for key, shape in shapes.items():
            made |= {k: tuple(v.shape) for k, v in rearranged(renamed(key, remap.RULES), torch.empty(shape))}
    assert made == {key: tuple(value.shape) for key, value in model.state_dict().items()}


def test_all_keys_of_the_deep_autoencoder() -> None:
    from tryon.weights.fill import built

    table = json.loads((Path(__file__).parent / "keys/open_sora.json").read_text())["dcae"]
    shapes = {key: tuple(shape) for key, shape in table.items()}
    assert video_dcae.dcae_params(shapes) == video_dcae.DcaeParams()
    model = built(lambda: video_dcae.VideoDcae(video_dcae.DcaeParams()))
    assert shapes == {key: tuple(value.shape) for key, value in model.state_dict().items()}
