import pytest

from questions import Topic
from tests.questions.formats.samples import noise


@pytest.fixture(scope="session")
def topic(tmp_path_factory: pytest.TempPathFactory) -> Topic:
    """The small topic, for tests that change no file."""
    return noise(tmp_path_factory.mktemp("topic"))
