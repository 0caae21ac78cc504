"""What every functional test does at its end."""

import pytest

from tests.functional.commands import end_what_is_left


@pytest.fixture(autouse=True)
def nothing_goes_on_working():
    """A test that fails would else leave programs that work for hours."""
    yield
    end_what_is_left()
