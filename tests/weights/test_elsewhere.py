"""Weights that are on no hub: people put them there; they are locked, checked, and asked for by page and name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tryon.catalog import build_catalog
from tryon.errors import WeightsElsewhere, WeightsMissing
from tryon.settings import Settings
from tryon.spec import Runtime, Weights
from tryon.weights.hub import fetch
from tryon.weights.layout import also, locate, to_fetch_gib
from tryon.weights.lock import read_lock, sha256_of

NEEDED = Weights(repo="somebody/paper", files=("a/model.index", "a/model.data-*"), page="https://paper.example/code")
EXTRA = replace(NEEDED, files=("extra.pth",), optional=True)


@pytest.fixture
def folder(settings: Settings) -> Path:
    folder = settings.weights / NEEDED.repo
    (folder / "a").mkdir(parents=True)
    (folder / "a/model.index").write_bytes(b"index")
    (folder / "a/model.data-00000-of-00001").write_bytes(b"numbers")
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may ask a hub for what is not there."""

    def asked(*given: Any, **words: Any) -> Any:
        raise AssertionError("the hub was asked")

    monkeypatch.setattr("tryon.weights.hub._listing", asked)


@pytest.mark.parametrize("offline", [True, False])
def test_they_are_locked_with_their_sums(folder: Path, settings: Settings, offline: bool) -> None:
    settings = replace(settings, offline=offline)
    assert fetch(NEEDED, settings, title="M") == folder
    locked = read_lock(settings.weights, NEEDED.repo)
    assert locked is not None and set(locked.files) == {"a/model.index", "a/model.data-00000-of-00001"}
    for name, known in locked.files.items():
        assert known.sha256 == sha256_of(folder / name)
    assert fetch(NEEDED, settings, title="M") == folder


def test_the_page_is_named(settings: Settings) -> None:
    with pytest.raises(WeightsElsewhere) as error:
        fetch(NEEDED, settings, title="Old paper")
    assert "https://paper.example/code" in error.value.text and "somebody/paper" in error.value.text
    assert "2 files" in error.value.text and "a/model.index" in error.value.text
    (settings.weights / NEEDED.repo / "a").mkdir(parents=True)
    (settings.weights / NEEDED.repo / "a/model.index").write_bytes(b"index")
    with pytest.raises(WeightsElsewhere, match=r"the file a/model\.data"):
        fetch(NEEDED, settings, title="Old paper")


def test_a_changed_file_is_noticed(folder: Path, settings: Settings) -> None:
    fetch(NEEDED, settings, title="M")
    (folder / "a/model.index").write_bytes(b"other")
    with pytest.raises(WeightsMissing, match="changed since"):
        fetch(NEEDED, settings, title="M")


def test_optional_ones_may_be_absent_or_come_later(folder: Path, settings: Settings) -> None:
    assert fetch(EXTRA, settings, title="M") == folder
    assert read_lock(settings.weights, EXTRA.repo) is None
    fetch(NEEDED, settings, title="M")
    (folder / "extra.pth").write_bytes(b"more")
    fetch(EXTRA, settings, title="M")
    locked = read_lock(settings.weights, EXTRA.repo)
    assert locked is not None and set(locked.files) >= {"extra.pth", "a/model.index"}, "the first ones stay locked"
    fetch(NEEDED, settings, title="M")


def runtime(settings: Settings, *weights: Weights) -> Runtime:
    spec = replace(build_catalog().get("transfer", "warp").spec, weights=weights)
    return Runtime(spec=spec, settings=settings)


def test_locating(folder: Path, settings: Settings) -> None:
    """Optional files of a hub are left alone until a system asks for them; nothing is counted as a download."""
    later = Weights(repo="hub/motion", files=("m.ckpt",), gib=2.0, optional=True)
    given = runtime(settings, NEEDED, EXTRA, later)
    assert locate(given) == {NEEDED.repo: folder}
    assert to_fetch_gib(given.spec, settings) == 0
    local = replace(given, weights=settings.weights)
    assert also(local, later) == settings.weights / "hub/motion"
    with pytest.raises(AssertionError, match="hub was asked"):
        also(given, later)
