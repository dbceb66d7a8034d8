"""One page with the small engine for the tests that talk to it over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.live import Live, Pictures, draw_pictures, serving


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(
        tmp_path_factory.mktemp("page"),
        TRYON_GRACE_SECONDS="20",
        TRYON_MAX_PER_ADDRESS="20",
        TRYON_ALLOWED_HOSTS="127.0.0.1",
    ) as page:
        yield page


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    return draw_pictures(tmp_path_factory.mktemp("pictures"))
