"""Tiny systems: sizes that a published file does not hold are those of the fixture; halves are as quick as the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def small_sizes() -> Iterator[None]:
    pytest.importorskip("torch")
    from tests.golden import hub
    from tests.golden.common import golden
    from tests.tiny import halves
    from tryon.nets import fashn

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fashn, "PUBLISHED", hub.fashn_params(golden("fashn_vton")))
        halves.quick(patch)
        yield
