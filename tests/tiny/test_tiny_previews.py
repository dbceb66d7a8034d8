"""Previews by a tiny decoder: the published layout, the published arithmetic, and what happens without its file."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")
from torch.nn import functional  # noqa: E402

from tests.tiny.video.films import FAMILIES, PIPELINES, named, opened, scene, shot, small  # noqa: E402
from tryon.events import Preview  # noqa: E402
from tryon.settings import Settings  # noqa: E402
from tryon.spec import Runtime  # noqa: E402
from tryon.video.diffusion.running import STRIP, STRIP_SIDE  # noqa: E402
from tryon.video.diffusion.tiny_preview import NETWORKS, TAEHV, tiny_preview  # noqa: E402

ENTRIES = [entry for entry in FAMILIES if entry in PIPELINES]
# File -> channels of the latents, patch, and the frames that grow at each stage, as published.
PUBLISHED = {
    "taew2_1": (16, 1, (1, 2, 2)),
    "taew2_2": (48, 2, (1, 2, 2)),
    "taehv": (16, 1, (1, 2, 2)),
    "taehv1_5": (32, 2, (1, 2, 2)),
    "taecvx": (16, 1, (1, 2, 2)),
    "taeltx_2": (128, 4, (2, 2, 2)),
    "taem1": (12, 1, (1, 2, 3)),
}


def weights(name: str, widths: tuple[int, int, int, int] = (16, 8, 8, 4), channels: int = 0) -> dict[str, Any]:
    """A drawn state in the layout of the published files (widths 256, 128, 64, 64), a layer of the encoder too."""
    latents, patch, growth = PUBLISHED[name]
    draw = torch.Generator().manual_seed(len(name))
    state: dict[str, Any] = {}

    def layer(key: str, outward: int, inward: int, *, size: int = 3, bias: bool = True) -> None:
        scale = (inward * size * size) ** -0.5
        state[f"{key}.weight"] = torch.randn(outward, inward, size, size, generator=draw) * scale
        if bias:
            state[f"{key}.bias"] = torch.randn(outward, generator=draw) * 0.1

    layer("encoder.0", 64, 3 * patch**2)
    layer("decoder.1", widths[0], channels or latents)
    for stage, (width, following) in enumerate(pairwise(widths)):
        start = 3 + 6 * stage
        for block in range(3):
            layer(f"decoder.{start + block}.conv.0", width, 2 * width)
            layer(f"decoder.{start + block}.conv.2", width, width)
            layer(f"decoder.{start + block}.conv.4", width, width)
        layer(f"decoder.{start + 4}.conv", width * growth[stage], width, size=1, bias=False)
        layer(f"decoder.{start + 5}", following, width, bias=False)
    layer("decoder.22", 3 * patch**2, widths[-1])
    return state


def straight(state: dict[str, Any], latents: Any, patch: int, doublings: int) -> Any:
    """The published decoder over all frames at once: (f, C, h, w) -> (f, 3, H, W) in 0..1. Its growth in time is cut
    to the last frame, as its author does where that is switched off."""

    def conv(x: Any, key: str) -> Any:
        weight = state[f"{key}.weight"]
        return functional.conv2d(x, weight, state.get(f"{key}.bias"), padding=weight.shape[-1] // 2)

    x = conv(torch.tanh(latents / 3) * 3, "decoder.1").relu()
    for stage in range(3):
        start = 3 + 6 * stage
        for block in range(start, start + 3):
            before = torch.cat([torch.zeros_like(x[:1]), x[:-1]])
            y = conv(torch.cat([x, before], 1), f"decoder.{block}.conv.0").relu()
            y = conv(y, f"decoder.{block}.conv.2").relu()
            x = (conv(y, f"decoder.{block}.conv.4") + x).relu()
        if stage < doublings:
            x = x.repeat_interleave(2, -1).repeat_interleave(2, -2)
        grown = functional.conv2d(x, state[f"decoder.{start + 4}.conv.weight"])
        x = conv(grown[:, -x.shape[1] :], f"decoder.{start + 5}")
    return functional.pixel_shuffle(conv(x.relu(), "decoder.22"), patch).clamp(0, 1)


def put(root: Path, repo: str, name: str, state: dict[str, Any], form: str) -> None:
    from safetensors.torch import save_file

    path = root / repo / form.format(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path) if path.suffix == ".pth" else save_file(state, path)


def vae_of(name: str, channels: int = 0) -> Any:
    """As much of an autoencoder as the choice looks at."""
    kind = next(kind for kind, (_, file) in NETWORKS.items() if file == name)
    return type(kind[0], (), {"config": {"latent_channels": channels or PUBLISHED[name][0]}})()


@pytest.mark.parametrize("form", ["{}.pth", "{}.safetensors", "safetensors/{}.safetensors"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_files_draw_what_their_code_draws(name: str, form: str, tmp_path: Path) -> None:
    latents, patch, _ = PUBLISHED[name]
    state = weights(name)
    repo = next(repo for repo, file in NETWORKS.values() if file == name)
    put(tmp_path, repo, name, state, form)
    preview = tiny_preview(vae_of(name), Runtime(spec=ENTRIES[0].spec, weights=tmp_path))
    assert preview is not None and preview.name == name
    seen = 2 * torch.randn(latents, 5, 4, 6, generator=torch.Generator().manual_seed(0))
    for side, doublings in ((4, 0), (6 * patch + 1, 1), (12 * patch + 1, 2), (10**6, 3)):
        expected = straight(state, seen.transpose(0, 1), patch, doublings)
        assert expected.std() > 0.05
        found = preview(seen, side)
        assert found.shape == (5, 4 * patch * 2**doublings, 6 * patch * 2**doublings, 3)
        assert np.abs(found - (255 * expected).permute(0, 2, 3, 1).numpy()).max() <= 0.501


def test_the_published_layers() -> None:
    """At the published widths all layers of a file are the network's, and all of the network's are in the file."""
    from tryon.nets.tiny_video import TinyDecoder, TinyParams

    state = weights("taew2_1", widths=(256, 128, 64, 64))
    params = TinyParams.of({key: tuple(value.shape) for key, value in state.items()})
    assert params == TinyParams(latents=16, widths=(256, 128, 64, 64), patch=1)
    with torch.device("meta"):
        made = TinyDecoder(params).state_dict()
    assert set(made) == {key for key in state if key.startswith("decoder.")}


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_films_are_shown_by_it(entry: Any, tmp_path: Path) -> None:
    """Where its file is present, another preview and the same film."""
    plain = opened(entry, tmp_path)
    vae = plain.engine.pipeline.vae
    channels = vae.config.get("z_dim") or vae.config.latent_channels
    known = NETWORKS.get((type(vae).__name__, channels)) or NETWORKS.get((type(vae).__name__, 0))
    asked = scene(small(entry.spec))
    assert plain.tiny is None
    if known is None:
        assert entry.spec.family in ("LTX-Video", "Stable Video Diffusion")
        return
    put(tmp_path, known[0], known[1], weights(known[1], channels=channels), "{}.pth")
    with pytest.MonkeyPatch.context() as patch:
        # Looked at after every step, not after so many seconds.
        patch.setattr("tryon.video.diffusion.running.PREVIEW_EVERY", 0.0)
        takes = [shot(film(asked)) for film in (plain, replace(plain, tiny=tiny_preview(vae, plain.runtime)))]
    assert (takes[0].film == takes[1].film).all()
    strips = [take.of(Preview)[-1].strip for take in takes]
    assert strips[0].shape == strips[1].shape and len(strips[1]) <= STRIP and (strips[0] != strips[1]).any()
    assert max(strips[1].shape[1:3]) <= STRIP_SIDE + 1 and strips[1].std() > 2


@pytest.mark.parametrize("damage", ["absent", "torn", "layers", "channels", "code", "changed"])
def test_without_a_usable_file_the_fit_stays(
    damage: str, tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    state = weights("taew2_1")
    runtime = Runtime(spec=ENTRIES[0].spec, settings=settings)
    path = settings.weights / TAEHV / "taew2_1.pth"
    if damage == "layers":
        del state["decoder.9.conv.2.weight"]
    if damage != "absent":
        put(settings.weights, TAEHV, "taew2_1", state, "{}.pth")
    if damage == "torn":
        path.write_bytes(path.read_bytes()[:999])
    if damage == "code":
        path.write_bytes(pickle.dumps({"decoder.1.weight": Called()}))
    if damage == "changed":
        assert tiny_preview(vae_of("taew2_1"), runtime) is not None
        put(settings.weights, TAEHV, "taew2_1", weights("taew2_1", widths=(8, 8, 8, 8)), "{}.pth")
    assert tiny_preview(vae_of("taew2_1", 17 if damage == "channels" else 16), runtime) is None
    assert ("stay plain" in caplog.text) == (damage != "absent")
    assert str(settings.weights) not in caplog.text


class Called:
    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("a pickle's code was run",)
