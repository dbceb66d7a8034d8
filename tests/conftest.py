"""Shared fixtures: settings in a temporary home, a laptop and a workstation."""

from __future__ import annotations

import gc
import shutil
from collections import namedtuple
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.drawing import draw_person, draw_tshirt
from tryon.settings import Settings
from tryon.spec import Machine
from tryon.types import Garment, Person

# How long an example takes says more of the machine than of the code.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that the imports of all tests make is ever garbage, and it is a lot: looking through it while it is made
    takes ten seconds, and afterwards half a second whenever the product changes models."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(autouse=True)
def roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terabyte free: tests that fetch from a hub of their own must not hang on the disk they run on."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2**41, 2**40, 2**40))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", weights=tmp_path / "weights")


@pytest.fixture
def laptop() -> Machine:
    return Machine(device="cpu", name="CPU, 2 cores", gpu_gib=0, ram_gib=8, cores=2, torch=False)


@pytest.fixture
def workstation() -> Machine:
    return Machine(device="cuda", name="a card", gpu_gib=24, ram_gib=64, cores=16, torch=True)


@pytest.fixture(scope="session")
def person() -> Person:
    return draw_person()


@pytest.fixture(scope="session")
def tshirt() -> Garment:
    return draw_tshirt()
