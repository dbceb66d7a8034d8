"""A download that the disk has no space for is refused before anything is loaded."""

from __future__ import annotations

from collections import namedtuple
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from tests.test_retreat import CARD, GIANT, PERSON, SHIRT, Rig
from tryon import loader
from tryon.catalog import Catalog
from tryon.errors import NoRoom
from tryon.loader import check_room
from tryon.pipeline import Pipeline
from tryon.settings import Settings
from tryon.spec import Weights
from tryon.types import Request


def test_a_download_that_does_not_fit_the_disk_is_refused(settings: Settings) -> None:
    spec = replace(GIANT, weights=(Weights(repo="somebody/giant", gib=10**9),))
    with pytest.raises(NoRoom, match="Take Plain instead"):
        check_room(spec, settings, "Plain")
    assert check_room(spec, replace(settings, offline=True), "Plain") == 0
    small = replace(spec, weights=(Weights(repo="somebody/giant", gib=0.001),))
    assert check_room(small, settings, "Plain") == 0.01
    with pytest.raises(NoRoom, match="there are 0 GB free"):
        check_room(small, settings, "Plain", taken=10**9)


def test_two_downloads_must_fit_the_disk_together(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = Rig(lambda runtime, scene: True).catalog()
    heavy = {"paint": 30.0, "giant": 40.0}
    entries = tuple(
        replace(e, spec=replace(e.spec, weights=(Weights(repo=f"somebody/{e.spec.name}", gib=heavy[e.spec.name]),)))
        if e.spec.name in heavy
        else e
        for e in catalog.entries
    )
    pipeline = Pipeline(settings, Catalog(entries), CARD)
    words: dict[str, Any] = {"person": PERSON.photo, "garments": (SHIRT.photo,), "video": "giant", "consent": True}
    usage = namedtuple("usage", "total used free")
    for free, enough in ((69, False), (71, True)):
        monkeypatch.setattr(loader.shutil, "disk_usage", lambda place, free=free: usage(100, 0, free * 1024**3))
        with nullcontext() if enough else pytest.raises(NoRoom, match="Giant"):
            pipeline.plan(Request(**words))
