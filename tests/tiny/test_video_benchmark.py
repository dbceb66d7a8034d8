"""benchmarks/video_gpu.py, small and on the CPU: every system runs, and its options are what they are called."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from benchmarks import video_gpu  # noqa: E402
from benchmarks.video_eight import EightBits, in_eight_bits  # noqa: E402
from benchmarks.video_options import CACHES, OPTIONS  # noqa: E402
from benchmarks.video_published import SYSTEMS  # noqa: E402

NAME = "wan22-ti2v-5b"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def lines(names: str, options: str) -> list[dict[str, Any]]:
        words = ["--tiny", "--only", names, "--options", options, "--seconds-budget", "999"]
        monkeypatch.setattr(sys, "argv", ["video_gpu.py", *words])
        video_gpu.main()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    torch.set_num_threads(1)
    return lines


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system(name: str, run: Any) -> None:
    machine, line = run(name, "plain")
    assert machine["tiny"] is True
    assert line["backend"] == name and line["seconds"] > 0 and line["ratio_to_plain"] == 1.0


def test_options(run: Any) -> None:
    _, *lines, last = run(
        f"{NAME},no-such", "plain,decoders,paired,fp8," + ",".join(f"cache:{name}" for name in CACHES)
    )
    assert "not described" in last["skipped"]
    found = {line["option"]: line for line in lines}
    assert "failed" in found.pop("cache:faster"), "its guidance is no batch of two"
    assert not [line for line in found.values() if "failed" in line]
    decoders = {"decode:stream", "decode:channels_last", "decode:bf16"}
    assert set(found) == {"plain", "paired", "fp8", *decoders, *(f"cache:{name}" for name in CACHES[:-1])}
    assert found["decode:stream"]["psnr_db"] is None, "streamed frames are the whole decoding's"
    assert found["paired"]["psnr_db"] is None or found["paired"]["psnr_db"] > 60
    assert 20 < found["fp8"]["psnr_db"] < 90
    for name in CACHES[:-1]:
        line = found[f"cache:{name}"]
        assert line["extrapolated_from_steps"] == 12 and "drawn weights" in line["note"]
    assert 10 < found["cache:taylor"]["psnr_db"] < 90, "something was left out"


def test_what_has_nothing_to_pair_is_not_paired(run: Any) -> None:
    assert "1 call a step" in run("hunyuanvideo-i2v", "paired")[-1]["skipped"]


def test_attention_of_one_is_not_that_of_the_next(run: Any) -> None:
    """diffusers sets it for all: flash would meet the mask of the next model, and fail."""
    lines = run(f"{NAME},hunyuanvideo-i2v", "plain,flash")
    assert [line["option"] for line in lines[1:]] == ["plain", "flash"] * 2
    assert [("failed" in line) for line in lines[1:]] == [False, False, False, True]


def test_switches_that_stay_are_known() -> None:
    assert [name for name, option in OPTIONS.items() if not option.stays] == ["plain", *(f"cache:{c}" for c in CACHES)]


@pytest.mark.parametrize("bias", [True, False])
def test_products_in_eight_bits(bias: bool) -> None:
    """Within the rounding of e4m3 (three bits after the first: 2 ** -4) and bfloat16 of the full product."""
    torch.manual_seed(0)
    linear = torch.nn.Linear(64, 32, bias=bias)
    inputs = torch.randn(2, 5, 64) * torch.tensor([1.0, 100.0]).view(2, 1, 1)  # each row has a scale of its own
    with torch.no_grad():
        expected, found = linear(inputs), EightBits(linear)(inputs)
    assert found.shape == expected.shape and found.dtype == expected.dtype
    for one, other in zip(found, expected, strict=True):
        assert 0 < (one - other).abs().max() < 0.1 * other.abs().max()


def test_only_blocks_with_fitting_sides_are_exchanged() -> None:
    model = torch.nn.Module()
    model.blocks = torch.nn.ModuleList([torch.nn.Sequential(torch.nn.Linear(32, 16), torch.nn.Linear(16, 24))])
    model.head = torch.nn.Linear(16, 16)
    in_eight_bits(model)
    assert type(model.blocks[0][0]) is EightBits
    assert type(model.blocks[0][1]) is type(model.head) is torch.nn.Linear
    with pytest.raises(ValueError, match="multiples of 16"):
        in_eight_bits(model)
