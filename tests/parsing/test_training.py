"""The training recipe: truth stays truth under augmentation, a step learns, a checkpoint goes on and exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tryon.train.parser.augment import Sample, augment, heat_maps
from tryon.types import LABEL

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")


def write_shard(renders: list[Sample], path: Path) -> None:
    columns = {
        name: np.stack([getattr(s, name) for s in renders]) for name in ("image", "labels", "parts", "depth", "points")
    }
    np.savez(path, **columns)


def test_augmented_points_stay_on_their_labels(renders: list[Sample]) -> None:
    sample = renders[1]
    rng = np.random.default_rng(3)
    for _ in range(12):
        view = augment(rng, sample, 192, 144, None)
        assert view.image.shape == (192, 144, 3) and view.labels.shape == view.parts.shape == (96, 72)
        for joint, label in ((3, "right"), (6, "left")):  # elbows
            x, y = view.points[joint]
            column, row = int(x / 2), int(y / 2)
            if 2 < column < 70 and 2 < row < 94:
                near = view.labels[row - 2 : row + 3, column - 2 : column + 3]
                other = "left" if label == "right" else "right"
                assert LABEL[f"{other}_arm"] not in near


def test_heat_peaks_at_the_joint() -> None:
    points = np.full((18, 2), -100.0, np.float32)
    points[4] = (61.5, 101.5)
    maps = heat_maps(points, 192, 144)
    assert not maps[0].any()
    assert np.unravel_index(maps[4].argmax(), maps[4].shape) == (25, 15)
    assert maps[4].max() == pytest.approx(1.0)


def test_batches_repeat_from_their_seed(renders: list[Sample], tmp_path: Path) -> None:
    from tryon.train.parser.data import Views

    write_shard(renders, tmp_path / "s1_000.npz")
    first, second = (next(iter(Views(tmp_path, height=64, width=48, batch=3, seed=5))) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert first[0].shape == (3, 3, 64, 48) and first[1].shape == (3, 32, 24) and first[4].shape == (3, 18, 16, 12)


@pytest.mark.slow
def test_a_few_steps_learn_go_on_and_export(renders: list[Sample], tmp_path: Path) -> None:
    from dataclasses import replace

    from tryon.parsing.network import Network
    from tryon.train.parser.export import export, trained
    from tryon.train.parser.train import NET, Phase, Trainer, TrainParams, batches

    write_shard(renders, tmp_path / "s1_000.npz")
    phase = Phase(until=1.0, height=64, width=64, batch=4)
    params = TrainParams(minutes=5, rate=2e-3, seed=0, threads=1, workers=0, phases=(phase,))
    small = replace(
        NET, height=64, width=64, widths=(8, 12, 16, 24, 32), attention=1, attention_heads=2, decoder=16, final=12
    )
    trainer = Trainer(small, params, tmp_path, "cpu")
    source = batches(tmp_path, phase, seed=1, workers=0)
    losses = [sum(trainer.step(next(source)).values()) for _ in range(25)]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    trainer.save()
    again = Trainer(small, params, tmp_path, "cpu")
    again.resume(tmp_path / "last.pt")
    assert again.steps == 25 and again.samples == 100
    assert export(trained(tmp_path / "last.pt", small), tmp_path / "parser.onnx", "test") < 1e-4
    network = Network(tmp_path / "parser.onnx", threads=1)
    answer = network.run(np.zeros((2, 64, 64, 3), np.uint8))
    assert answer["labels"].shape == (2, 25, 32, 32) and np.allclose(answer["labels"].sum(1), 1, atol=1e-4)
    assert answer["heat"].shape == (2, 18, 16, 16) and answer["depth"].shape == (2, 1, 32, 32)
