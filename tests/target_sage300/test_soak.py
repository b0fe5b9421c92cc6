"""Two seeds of the soak; `make soak` plays as many as one likes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.target_sage300.soak import draw_case, play

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has neither fork nor signals"
)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_line_stands_once_whatever_the_seed_draws(books: Books, seed: int) -> None:
    play(books, draw_case(seed))


def test_a_seed_draws_the_same_case_each_time() -> None:
    assert str(draw_case(7)) == str(draw_case(7)) != str(draw_case(8))
