"""Batch augmentation and the learner of the GPU recipe: truth stays truth, steps learn, a checkpoint goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tryon.types import KEYPOINT, LABEL

torch = pytest.importorskip("torch")

from tryon.train.parser import live, views  # noqa: E402  they need torch

LEFT, RIGHT = LABEL["left_arm"], LABEL["right_arm"]


@pytest.fixture(scope="module")
def pool() -> live.Pool:
    """Figures whose left half is a left arm that faces right, and whose right half a right arm that faces left."""
    pool = live.Pool(4, torch.device("cpu"))
    pixels = np.zeros((4, 9, live.HEIGHT, live.WIDTH), np.uint8)
    middle = live.WIDTH // 2
    pixels[:, 0, :, :middle], pixels[:, 1, :, middle:] = 220, 220
    pixels[:3, 3, :, :middle], pixels[:3, 3, :, middle:] = LEFT, RIGHT
    pixels[:3, 4], pixels[:3, 5] = 3, 128
    pixels[:3, 6, :, :middle], pixels[:3, 6, :, middle:] = 255, 0
    pixels[:3, 7:9] = 127
    points = np.full((4, 18, 2), -1e4, np.float32)
    points[:3, KEYPOINT["left_elbow"]] = (middle / 2, live.HEIGHT / 2)
    points[:3, KEYPOINT["right_elbow"]] = (middle * 1.5, live.HEIGHT / 2)
    pool.take(pixels, points)
    return pool


def batch(pool: live.Pool, seed: int, count: int = 24) -> views.Views:
    torch.manual_seed(seed)
    return pool.batch(live.Phase(until=1, height=96, width=64, batch=count))


def test_mirrored_views_swap_sides_normals_and_joints_together(pool: live.Pool) -> None:
    seen = batch(pool, 1)
    left, right = seen.labels == LEFT, seen.labels == RIGHT
    assert left.any() and right.any() and set(np.unique(seen.labels)) <= {0, LEFT, RIGHT}
    facing = seen.normals[:, 0]
    assert (facing[left] > 0.9).all() and (facing[right] < -0.9).all()
    found = 0
    for name, mask in (("left_elbow", left), ("right_elbow", right)):
        for i, heat in enumerate(seen.heat[:, KEYPOINT[name]]):
            y, x = divmod(int(heat.argmax()), heat.shape[1])
            inside = 1 < y < heat.shape[0] - 2 and 1 < x < heat.shape[1] - 2
            if heat.max() > 0.8 and inside and seen.labels[i, 2 * y, 2 * x] > 0:
                assert mask[i, 2 * y, 2 * x]
                found += 1
    assert found > 20


def test_a_seed_gives_the_same_views(pool: live.Pool) -> None:
    first, again, other = batch(pool, 5, 4), batch(pool, 5, 4), batch(pool, 6, 4)
    assert torch.equal(first.image, again.image) and torch.equal(first.labels, again.labels)
    assert not torch.equal(first.image, other.image)
    assert (
        first.image.shape == (4, 3, 96, 64) and first.labels.shape == (4, 48, 32) and first.heat.shape[2:] == (24, 16)
    )
    assert float(first.image.min()) >= 0 and float(first.image.max()) <= 255


def test_jpeg_keeps_flat_colours_and_blurs_noise() -> None:
    torch.manual_seed(0)
    flat = torch.tensor([200.0, 90.0, 40.0]).view(1, 3, 1, 1).expand(2, 3, 16, 16)
    assert (views._jpeg(flat) - flat).abs().max() < 12  # a quantum of the mean and no more
    grain = 128 + 20 * torch.randn(2, 3, 32, 32)
    assert views._jpeg(grain).std() < grain.std()


def test_the_oldest_renders_make_room(pool: live.Pool) -> None:
    small = live.Pool(2, torch.device("cpu"))
    for value in (1, 2, 3):
        small.take(np.full((1, 9, live.HEIGHT, live.WIDTH), value, np.uint8), np.zeros((1, 18, 2), np.float32))
    assert len(small) == 2 and small.received == 3
    assert sorted(small.renders.pixels[:, 0, 0, 0].tolist()) == [2, 3]
    assert pool.empty == [3] and small.empty == []


def test_steps_learn_and_a_checkpoint_goes_on_and_exports(pool: live.Pool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = replace(
        live.NET, height=64, width=64, widths=(8, 8, 8, 16, 16), blocks=(1, 1, 1, 1), attention=1, attention_heads=2,
        decoder=8, final=8,
    )  # fmt: skip
    learner = live.Learner(net, 5e-3, torch.device("cpu"))
    learner.steps = 300  # past the warm-up
    seen = batch(pool, 2, 4)
    totals = [float(sum(learner.step(seen, 0.0).values()).detach()) for _ in range(12)]
    assert totals[-1] < 0.8 * totals[0]
    learner.save(tmp_path / "parser.pt")
    again = live.Learner(net, 5e-3, torch.device("cpu"))
    again.start_from(tmp_path / "parser.pt")
    for a, b in zip(again.net.parameters(), learner.average.parameters(), strict=True):
        assert torch.allclose(a, b, atol=2e-3)
    pytest.importorskip("onnx")
    from tryon.parsing.network import Network
    from tryon.train.parser.export import export, trained

    rounded = trained(tmp_path / "parser.pt")
    assert rounded.params == net
    export(rounded, tmp_path / "whole.onnx", "1")
    export(rounded, tmp_path / "half.onnx", "1", half=True)
    assert (tmp_path / "half.onnx").stat().st_size < (tmp_path / "whole.onnx").stat().st_size
    picture = np.zeros((1, 64, 64, 3), np.uint8)
    normals = Network(tmp_path / "half.onnx", 1).run(picture)["normals"]
    assert np.allclose((normals**2).sum(axis=1), 1, atol=1e-3)
