"""One rasteriser for all tests that only draw: its process takes longer to start than to draw."""

from collections.abc import AsyncIterator

import pytest

from quizbot.charts.render import Rasteriser


@pytest.fixture(scope="session")
async def rasteriser() -> AsyncIterator[Rasteriser]:
    async with Rasteriser() as rasteriser:
        yield rasteriser
