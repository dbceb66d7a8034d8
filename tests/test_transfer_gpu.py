"""benchmarks/transfer_gpu.py, small and on the CPU: its lines, and that ours and the authors' way give one picture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from benchmarks import transfer_gpu  # noqa: E402
from benchmarks.transfer_systems import BENCHES  # noqa: E402

ROOT = Path(__file__).parent.parent


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("bench", BENCHES, ids=lambda bench: bench.name)
def test_every_system(bench: transfer_gpu.Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Ours and upstream's way give the same picture; every option says what it gave or why it did not."""
    transfer_gpu.main(["--tiny", "--only", bench.name, "--options", "channels_last,graphs", "--seconds-budget", "30"])
    machine, plain, *options = lines(capsys)
    assert machine["machine"] == "cpu"
    assert plain["name"] == bench.name and "failed" not in plain
    assert plain["steps"] == bench.spec.steps[2]
    assert plain["apart"] is not None and plain["apart"] < 1e-4  # type: ignore[operator]
    assert [line["option"] for line in options] == ["channels_last", "graphs"]
    assert all("seconds" in line or "skipped" in line for line in options), options


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
