"""What nobody outside knows of signing in to Anaplan: loads are right whichever way it is.

Goal and method as in `test_unknowns`, by certificate and by an OAuth login of the vault: a first
load, and a second one with changes and misfits when the access token has ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.core.anaplan.oauth import FIXED, ROTATING, make_store, sign_in
from tests.core.anaplan.test_certificates import make_certificate, make_key
from tests.target_anaplan.two_loads import (
    MISFITS,
    NEVER,
    PROCESS,
    find_error,
    kept_rejects,
    load_first,
    load_second,
    messages_of,
    second_rows,
)

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model
    from tests.target_anaplan.two_loads import Books

pytestmark = pytest.mark.slow

HOUR_S = 3600
DAY_S = 24 * HOUR_S
BY_OAUTH = {"auth_method": "oauth"}


@pytest.fixture(autouse=True)
def own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vault's key is the one that the test makes."""
    for name in ("ML_CONNECTOR_KEY", "ML_CONNECTOR_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def go_on(model: Model, seconds: float) -> None:
    """Let time pass in the sandbox between two runs."""
    model.control("POST", "clock", {"advance_s": seconds})


def check_second(model: Model, books: Books, **settings: Any) -> None:
    """The second load arrives but for its misfits."""
    second = load_second(model, books, **settings)
    assert second.exit_code == 3, second.log
    assert kept_rejects(model).keys() == MISFITS | NEVER
    assert books.find_differences(model, partly=MISFITS | NEVER) == []


# --- certificates -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "switches",
    [
        {"certificate_header": "armoured"},
        {"certificate_header": "bare"},
    ],
    ids=str,
)
def test_loads_arrive_whichever_form_of_a_certificate_is_read(
    clocked: Model, switches: dict[str, str]
) -> None:
    clocked.switch(**switches)
    issued = dict(clocked.control("POST", "certificates", {}))
    settings = {"auth_method": "certificate", **issued}
    books = load_first(clocked, **settings)
    go_on(clocked, HOUR_S)

    check_second(clocked, books, **settings)


@pytest.mark.parametrize("switches", [{"self_signed_certificates": "accepted"}], ids=str)
def test_loads_arrive_by_a_certificate_of_one_s_own_where_it_is_taken(
    clocked: Model, switches: dict[str, str]
) -> None:
    clocked.switch(**switches)
    key, pem = make_key()
    certificate = make_certificate(key, days=3650)
    clocked.control("POST", "certificates", {"certificate": certificate})
    own = {"auth_method": "certificate", "certificate": certificate, "private_key": pem}

    books = load_first(clocked, **own)

    check_second(clocked, books, **own)


# --- OAuth --------------------------------------------------------------------------------------

LOGINS: dict[str, tuple[str, dict[str, Any], int]] = {
    "15 rotating, 12 hours, a family": (
        ROTATING,
        {"refresh_token_lifetime_s": 43000, "spent_refresh_token": "ends_family"},
        11 * HOUR_S,
    ),
    "15 rotating, 30 days": (ROTATING, {"refresh_token_lifetime_s": 2592000}, 29 * DAY_S),
    "15 rotating, a year": (ROTATING, {"refresh_token_lifetime_s": 31536000}, 364 * DAY_S),
    "15 fixed for ever, in each answer": (
        FIXED,
        {"fixed_refresh_token": "never_ends", "fixed_refresh_answer": "with_token"},
        500 * DAY_S,
    ),
    "15 fixed for a year, one scheme": (
        FIXED,
        {"fixed_refresh_token": "ends_after_a_year", "oauth_access_token": "bearer_only"},
        364 * DAY_S,
    ),
}
"""Per case the client, the switches, and how long after the first load the second one comes."""


@pytest.mark.parametrize("case", list(LOGINS))
def test_loads_arrive_by_a_login_that_was_made_once(clocked: Model, case: str) -> None:
    client_id, switches, later_s = LOGINS[case]
    clocked.switch(**switches)
    make_store(sign_in(clocked.sandbox, client_id))
    books = load_first(clocked, **BY_OAUTH)
    go_on(clocked, later_s)

    check_second(clocked, books, **BY_OAUTH)


@pytest.mark.parametrize(
    "switches", [{"oauth_refusal_status": 403}, {"oauth_refusal_status": 400}], ids=str
)
def test_a_login_that_has_ended_is_told_and_the_load_comes_with_the_next_one(
    clocked: Model, switches: dict[str, int]
) -> None:
    clocked.switch(**switches)
    store = make_store(sign_in(clocked.sandbox))
    books = load_first(clocked, **BY_OAUTH)
    go_on(clocked, 13 * HOUR_S)

    ended = clocked.run(messages_of(second_rows(), at=2), **(PROCESS | BY_OAUTH))

    assert ended.exit_code == 1, ended.log
    assert "ml-connector credentials login" in find_error(ended)
    assert ended.states == []
    store.write(sign_in(clocked.sandbox))
    check_second(clocked, books, **BY_OAUTH)
