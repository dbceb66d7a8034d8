"""The machine: cards, cores and memory as its files and tools tell them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tryon.runtime import devices
from tryon.runtime.devices import nvidia_card, parse_cards, this_machine, usable_cores, usable_ram_gib


@pytest.mark.parametrize(
    ("csv", "card"),
    [
        ("", None),
        ("No devices were found\n", None),
        ("NVIDIA GeForce RTX 4090, 24564\n", ("NVIDIA GeForce RTX 4090", 24564 / 1024)),
        ("Tesla T4, 15360\nNVIDIA A100-SXM4-80GB, 81920\n", ("NVIDIA A100-SXM4-80GB", 80.0)),
        ("NVIDIA GB10, [N/A]\n", None),
        ("Odd, name, 1024\n", ("Odd, name", 1.0)),
    ],
)
def test_cards(csv: str, card: tuple[str, float] | None) -> None:
    assert parse_cards(csv) == card


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a driver and an nvidia-smi that knows one card."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA A10G, 23028'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    (tmp_path / "nvidia0").touch()
    monkeypatch.setattr(devices, "DRIVER_FILES", (tmp_path / "nvidia0",))
    return tmp_path


def test_a_card_is_seen(driver: Path) -> None:
    machine = this_machine()
    assert (machine.device, machine.name, round(machine.gpu_gib, 1)) == ("cuda", "NVIDIA A10G", 22.5)
    assert this_machine("cpu").device == "cpu"


@pytest.mark.parametrize("installed", [{"torch", "torchao"}, {"torch"}, {"torchao"}])
def test_int8_needs_a_card_and_torchao(installed: set[str], driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = devices.importlib.util.find_spec
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda name: found("json") if name in installed else None)
    assert this_machine().int8 == (installed == {"torch", "torchao"})
    assert not this_machine("cpu").int8


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_hidden_card_is_not(driver: Path, monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert nvidia_card() is None


@pytest.mark.parametrize("script", [None, "exit 9", "echo nonsense"])
def test_a_driver_that_does_not_answer_is_no_card(driver: Path, script: str | None) -> None:
    tool = driver / "nvidia-smi"
    if script is None:
        tool.unlink()
    else:
        tool.write_text(f"#!/bin/sh\n{script}\n")
    assert nvidia_card() is None
    assert this_machine().gpu_gib == 0


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 64),
        ({"cpu.max": "max 100000"}, 64),
        ({"cpu.max": "400000 100000"}, 4),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "9900000 100000"}, 64),
        ({"cpu.max": "rubbish"}, 64),
        ({"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
    ],
)
def test_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], cores: int) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(64)), raising=False)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert usable_cores(tmp_path) == cores


def test_memory_is_cut_by_the_container(tmp_path: Path) -> None:
    whole = usable_ram_gib(tmp_path)
    assert whole > 0.25
    (tmp_path / "memory.max").write_text("max\n")
    assert usable_ram_gib(tmp_path) == whole
    (tmp_path / "memory.max").write_text(str(256 * 1024**2))
    assert usable_ram_gib(tmp_path) == 0.25


def test_asking_imports_no_torch() -> None:
    code = "import sys; from tryon.runtime.devices import this_machine; this_machine(); print('torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"
