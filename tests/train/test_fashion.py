"""Training of the fashion systems, on clips drawn here: projection, two processes, resuming, export, a falling loss."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
accelerate = pytest.importorskip("accelerate")
pytest.importorskip("tensorboard")

import cv2  # noqa: E402
import imageio.v3 as iio  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from tests.tiny.video import fashion as twins  # noqa: E402
from tryon.spec import Runtime  # noqa: E402
from tryon.train.fashion import __main__ as cli  # noqa: E402
from tryon.train.fashion.clips import Clips  # noqa: E402
from tryon.train.fashion.data import Windows  # noqa: E402
from tryon.train.fashion.layouts import sources  # noqa: E402
from tryon.train.fashion.model import begin_with, built  # noqa: E402
from tryon.train.fashion.train import TrainParams, last_state, train  # noqa: E402
from tryon.video import fashionflow, x2fashion  # noqa: E402
from tryon.video.fashion import checkpoint  # noqa: E402
from tryon.weights.files import read_tensors  # noqa: E402

SIDE, FRAMES = twins.SIDE, 4


def picture(film: int, index: int) -> np.ndarray[Any, Any]:
    """A disc that moves over a coloured wall."""
    canvas = np.full((SIDE + 16, SIDE, 3), (60 + 50 * film, 120, 200 - 40 * film), np.uint8)
    cv2.circle(canvas, (20 + 9 * index, 60 + 10 * film), 22, (240, 220, 40), -1)
    return canvas


@pytest.fixture(scope="module")
def ubc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train/*.mp4"""
    data = tmp_path_factory.mktemp("ubc")
    (data / "train").mkdir()
    for film in range(2):
        frames = [picture(film, index) for index in range(6 + film)]
        iio.imwrite(data / f"train/film{film}.mp4", frames, plugin="FFMPEG", fps=25)
    return data


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layout of Fashion-Text2Video; of the second text only one stretch is long enough."""
    data = tmp_path_factory.mktemp("told")
    for film in range(2):
        for kind in ("fashion_crop", "fashion_poses"):
            folder = data / kind / f"{film:03d}"
            folder.mkdir(parents=True)
            for index in range(6):
                drawn = picture(film, index) if kind == "fashion_crop" else np.flip(picture(film, index), 1)
                iio.imwrite(folder / f"{index:03d}.png", drawn)
        (data / "train").mkdir(exist_ok=True)
    (data / "train/000.txt").write_text("0 6 a yellow disc goes by\n")
    (data / "train/001.txt").write_text("0 2 too short\n1 5 another one\n\n")
    return data


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("weights")
    twins.autoencoder(root / fashionflow.VAE.repo / "vae")
    twins.autoencoder(root / x2fashion.VAE.repo)
    twins.vision(root / fashionflow.CLIP.repo)
    twins.text(root / x2fashion.CLIP.repo)
    return root


@pytest.fixture(scope="module")
def projected(ubc: Path, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("projected")
    words = ["--data", str(ubc), "--out", str(out), "--weights", str(weights), "--device", "cpu"]
    cli.main(["project", *words, "--size", str(SIDE), str(SIDE)])
    return out


@pytest.fixture(scope="module")
def projected_told(told: Path, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("projected_told")
    words = ["--data", str(told), "--out", str(out), "--weights", str(weights), "--device", "cpu"]
    cli.main(["project", "--system", "x2fashion", *words, "--size", str(SIDE), str(SIDE)])
    return out


def params(data: Path, out: Path, **changes: Any) -> TrainParams:
    values: dict[str, Any] = {
        "system": "fashionflow", "data": data, "out": out, "frames": FRAMES, "steps": 24, "batch": 1, "rate": 2e-3,
        "warmup": 1, "average": 0.8, "save_every": 12, "sample_every": 1000, "workers": 0,
        "sizes": cli.sizes_of(data, twins.WIDTH, twins.WIDTHS),
    }  # fmt: skip
    return TrainParams(**{**values, **changes})


# -------------------------------------------------------------------------------------------------- data


def test_layouts(ubc: Path, told: Path, tmp_path: Path) -> None:
    films = sources(ubc)
    assert [film.name for film in films] == ["film0", "film1"]
    frames = list(films[1].frames(32, 48))
    assert len(frames) == 7 and frames[0].shape == (48, 32, 3)
    first, second = sources(told)
    assert first.poses is not None and [segment.text for segment in second.segments] == ["too short", "another one"]
    assert len(list(first.frames(32, 48))) == 6
    with pytest.raises(FileNotFoundError, match="neither"):
        sources(tmp_path)


def test_projection(projected: Path, projected_told: Path, ubc: Path, weights: Path) -> None:
    """Every frame, what CLIP saw of it, and nothing done twice."""
    tensors = load_file(projected / "film1.safetensors")
    assert tensors["latents"].shape == (7, 4, SIDE // 8, SIDE // 8) and tensors["latents"].dtype == torch.float16
    assert tensors["clip"].shape == (7, 50, twins.CONTEXT)
    told = load_file(projected_told / "001.safetensors")
    assert told["text"].shape == (2, 77, twins.CONTEXT) and told["segments"].tolist() == [[0, 2], [1, 5]]
    before = (projected / "film0.safetensors").stat().st_mtime_ns
    words = ["--data", str(ubc), "--out", str(projected), "--weights", str(weights), "--device", "cpu"]
    cli.main(["project", *words, "--size", str(SIDE), str(SIDE)])
    assert (projected / "film0.safetensors").stat().st_mtime_ns == before


def test_windows_follow_from_seed_and_number(projected: Path, projected_told: Path) -> None:
    whole = Windows(projected, FRAMES, seed=3, first=0, length=8, posed=False)
    rest = Windows(projected, FRAMES, seed=3, first=5, length=3, posed=False)
    for key, value in whole[6].items():
        assert torch.equal(value, rest[1][key]), key
    other = Windows(projected, FRAMES, seed=4, first=0, length=8, posed=False)
    assert not torch.equal(whole[0]["noise"], other[0]["noise"])
    assert whole[0]["latents"].shape == (4, FRAMES, SIDE // 8, SIDE // 8)
    seen = {tuple(whole[index]["clip"].flatten()[:4].tolist()) for index in range(8)}
    assert len(seen) > 2, "windows lie in different places"
    posed = Windows(projected_told, FRAMES, seed=0, first=0, length=2, posed=True)
    assert posed[0]["pose"].shape == (3, FRAMES, SIDE, SIDE) and float(posed[0]["pose"].min()) >= -1
    with pytest.raises(ValueError, match="enough frames"):
        Windows(projected, 70, seed=0, first=0, length=1, posed=False)
    with pytest.raises(ValueError, match="poses and texts"):
        Windows(projected, FRAMES, seed=0, first=0, length=1, posed=True)


# ------------------------------------------------------------------------------------------------- training


def losses(out: Path) -> list[float]:
    """As tensorboard has them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found: dict[int, float] = {}
    for path in sorted((out / "log").rglob("events.out.tfevents.*")):
        events = EventAccumulator(str(path)).Reload()
        if "loss" in events.Tags()["scalars"]:
            found |= {event.step: event.value for event in events.Scalars("loss")}
    return [found[step] for step in sorted(found)]


def judged(path: Path, data: Path, like: TrainParams) -> float:
    """The mean loss of a file's weights over samples that no training drew."""
    model = built(like.system, like.sizes, like.seed)
    if path.is_file():
        begin_with(model, path)
    windows = Windows(data, FRAMES, seed=99, first=0, length=6, posed=like.system == "x2fashion")
    with torch.no_grad():
        samples = [{key: value[None] for key, value in windows[index].items()} for index in range(6)]
        return float(np.mean([float(model(sample)) for sample in samples]))


def test_two_processes_resume_and_learn(projected: Path, weights: Path, tmp_path: Path) -> None:
    """Two processes learn; resumed from a state half-way they repeat exactly what they did from there; the product
    opens what they export."""
    from accelerate import debug_launcher

    whole = params(projected, tmp_path / "whole")
    debug_launcher(_run, args=(whole,), num_processes=2)
    said = losses(whole.out)
    assert len(said) == whole.steps
    assert last_state(whole.out) == whole.out / "states/step_0000024"
    again = replace(whole, out=tmp_path / "again", steps=14, resume=True)
    shutil.copytree(whole.out / "states/step_0000012", again.out / "states/step_0000012")
    debug_launcher(_run, args=(again,), num_processes=2)
    assert losses(again.out) == said[12:14]
    before, after = judged(tmp_path / "none", projected, whole), judged(whole.out / "fashionflow.pth", projected, whole)
    assert after < 0.85 * before, f"the loss went from {before:.2f} to {after:.2f}"
    folder = weights / fashionflow.CHECKPOINT.repo
    folder.mkdir(parents=True)
    (whole.out / "fashionflow.pth").rename(folder / fashionflow.CHECKPOINT.files[0])
    engine = fashionflow.open_engine(Runtime(spec=fashionflow.SPEC, weights=weights))
    assert not engine.system.unsigned and not engine.conditions.twice  # type: ignore[attr-defined]


def _run(run: TrainParams) -> None:
    torch.set_num_threads(1)
    train(run)


def test_x2fashion_learns_and_shows_itself(projected_told: Path, weights: Path, tmp_path: Path) -> None:
    """In one process, with accumulated gradients, a film and its strip; every weight that is used gets a gradient."""
    from diffusers import AutoencoderKL

    vae = AutoencoderKL.from_pretrained(weights / x2fashion.VAE.repo)
    run = params(projected_told, tmp_path / "run", system="x2fashion", steps=6, accumulate=2, rate=4e-3)
    path = train(run, Clips(run, vae))
    assert judged(path, projected_told, run) < judged(tmp_path / "none", projected_told, run)
    film = iio.imread(tmp_path / "run/clips/step_0000006.mp4", plugin="FFMPEG")
    assert film.shape == (FRAMES, SIDE, SIDE, 3) and film.std() > 2
    unet = checkpoint.open_unet(path, "unet", (8, 64), title="M", dtype=torch.float32)
    first = built(run.system, run.sizes, run.seed)
    assert not torch.equal(unet.conv_in.spatial_conv.weight, first.unet.conv_in.spatial_conv.weight)
    pose, _ = checkpoint.open_controls(path, title="M", dtype=torch.float32)
    assert not torch.equal(pose.final_proj.weight, first.pose_net.final_proj.weight)


def test_a_published_file_can_be_begun_with(tmp_path: Path) -> None:
    twins.fashionflow(tmp_path)
    from tryon.train.fashion.model import Sizes

    sizes = Sizes(
        width=twins.WIDTH, widths=twins.WIDTHS, context=twins.CONTEXT, height_latents=SIDE // 8, width_latents=SIDE // 8
    )
    model = built("fashionflow", sizes, 0)
    path = tmp_path / "FashionFlow_checkpoint.pth"
    begin_with(model, path)
    key = "net.conv_in.spatial_conv.weight"
    assert torch.equal(model.state_dict()[key], dict(read_tensors(path, title="M"))[key])
    assert checkpoint.has_slips(path, title="M")
