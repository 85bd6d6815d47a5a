"""No bot outlives its test, even if it fails."""

from collections.abc import AsyncIterator

import pytest

from tests.process.processes import BOTS


@pytest.fixture(autouse=True)
async def bots_end_with_the_test() -> AsyncIterator[None]:
    yield
    await BOTS.kill()


@pytest.fixture(scope="session", autouse=True)
async def bots_end_with_the_run() -> AsyncIterator[None]:
    yield
    await BOTS.close()
