"""benchmarks/transfer_gpu.py, small and on the CPU: its lines, and that ours and the authors' way give one picture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from benchmarks import transfer_gpu  # noqa: E402
from benchmarks.launches import Launches  # noqa: E402
from benchmarks.transfer_parts import exchanged, here  # noqa: E402
from benchmarks.transfer_scale import TINY  # noqa: E402
from benchmarks.transfer_systems import BENCHES  # noqa: E402
from tests.runtime.test_graphs import captured  # noqa: E402
from tryon.transfer.diffusion import sampling  # noqa: E402

# Systems whose steps can be captured: not stock pipelines, not the clip's windows, not the one without steps.
CAPTURED = ("fashn-vton", "catvton", "leffa", "ootdiffusion-hd", "idm-vton", "kolors")
ROOT = Path(__file__).parent.parent


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer_gpu, "WHOLE", 0.0)
    monkeypatch.setattr(transfer_gpu, "LONG", 3)


@pytest.mark.parametrize("bench", BENCHES, ids=lambda bench: bench.name)
def test_every_system(bench: transfer_gpu.Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Ours and upstream's way give the same picture."""
    transfer_gpu.main(["--tiny", "--only", bench.name, "--options", "", "--seconds-budget", "60"])
    machine, plain = lines(capsys)
    assert machine["machine"] == "cpu"
    assert plain["name"] == bench.name and "failed" not in plain
    assert plain["steps"] == bench.spec.steps[2]
    assert plain["apart"] is not None and plain["apart"] < 1e-4  # type: ignore[operator]


@pytest.mark.parametrize("bench", [b for b in BENCHES if b.name in CAPTURED], ids=lambda b: b.name)
def test_captured_steps_are_the_same_bit_for_bit(bench: transfer_gpu.Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that changes from step to step is an argument of the captured call, in this run and in the next."""
    monkeypatch.setattr(sampling, "Graphed", lambda function, on: captured(function))
    with torch.inference_mode():
        built = bench.build(TINY, "cpu", torch.float32)
        plain = built.ours(3, 1)
        with exchanged(built.system, "place", here("cpu", captures=True)):
            for _ in range(2):
                assert torch.equal(built.ours(3, 1), plain)
                built.system.place.give_back()


@pytest.mark.parametrize("name", ["idm-vton", "leffa", "ootdiffusion-hd"])
def test_a_step_starts_fewer_kernels_than_the_authors_way(name: str) -> None:
    """And no more than was counted when it was written: 5310 became 4263 for IDM-VTON at real size."""
    bench = next(bench for bench in BENCHES if bench.name == name)

    def in_a_step() -> float:
        counts = []
        for steps in (2, 4):
            with Launches() as launches:
                built.ours(steps, 1)
            counts.append(launches.total)
        return (counts[1] - counts[0]) / 2

    with torch.inference_mode():
        built = bench.build(TINY, "cpu", torch.float32)
        ours = in_a_step()
        with built.upstream():
            theirs = in_a_step()
    assert ours < theirs
    assert ours <= {"idm-vton": 870, "leffa": 900, "ootdiffusion-hd": 640}[name]


def test_options(capsys: pytest.CaptureFixture[str]) -> None:
    """Every option says what it gave or why it did not."""
    transfer_gpu.main(["--tiny", "--only", "fashn-vton", "--options", ",".join(transfer_gpu.OPTIONS)])
    options = lines(capsys)[2:]
    assert [line["option"] for line in options] == list(transfer_gpu.OPTIONS)
    assert {line["option"] for line in options if "seconds" in line} == {"channels_last", "samples"}
    assert all("needs" in str(line["skipped"]) for line in options if "seconds" not in line)


def test_no_time_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    transfer_gpu.main(["--tiny", "--only", "catvton,leffa", "--seconds-budget", "0"])
    assert [line.get("skipped") for line in lines(capsys)[1:]] == ["no time left"] * 2


def test_unknown_names_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        transfer_gpu.main(["--tiny", "--only", "nothing"])
    assert "unknown: nothing" in capsys.readouterr().err


def test_without_picture_libraries() -> None:
    """A GPU machine may have torch, transformers and diffusers only."""
    code = (
        "import sys\n"
        "for name in ('cv2', 'scipy', 'onnxruntime', 'gradio'): sys.modules[name] = None\n"
        "from benchmarks.transfer_gpu import main\n"
        "main(['--tiny', '--only', 'fashn-vton', '--options', ''])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-800:]
    assert json.loads(done.stdout.splitlines()[-1])["seconds"] > 0
