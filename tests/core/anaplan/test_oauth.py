"""Calling with a login: who renews it, what is stored first, what is said when it is lost.

Against the sandbox in both positions of its switches for rotation, refusals and schemes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from ml_connector.anaplan import LoginStore, open_anaplan
from ml_connector.errors import (
    AccessError,
    ConnectorError,
    ExitCode,
    SettingError,
    TransientError,
)
from ml_connector.secrets import Key, VaultError, open_vault

from tests.core.anaplan.oauth import (
    FIXED,
    FOR_CODES,
    ROTATING,
    SandboxClock,
    count_exchanges,
    exchanges,
    make_store,
    settings_of,
    sign_in,
    spoil_exchange,
)
from tests.core.anaplan.test_auth import everything
from tests.core.fakes import FakeClock, Recorder
from tests.core.raw_server import RawServer, reply
from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.anaplan import AnaplanClient

MINUTE_S = 60.0


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox.start("--orders", "1")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    for name in ("ML_CONNECTOR_KEY", "ML_CONNECTOR_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    shared_sandbox.anaplan("POST", "reset")
    shared_sandbox.anaplan("POST", "clock", {"reset": True})
    count_exchanges(shared_sandbox)
    return shared_sandbox


def open_client(
    sandbox: Sandbox, *, clock: SandboxClock | None = None, **fields: Any
) -> AnaplanClient:
    settings = settings_of(sandbox.anaplan_root, **fields)
    return open_anaplan(settings, clock=clock or SandboxClock(sandbox), audit=Recorder())


ROTATION = [
    pytest.param(ROTATING, {"spent_refresh_token": "refused"}, id="rotating"),
    pytest.param(ROTATING, {"spent_refresh_token": "ends_family"}, id="rotating, family ends"),
    pytest.param(FIXED, {"fixed_refresh_answer": "without_token"}, id="fixed, not repeated"),
    pytest.param(FIXED, {"fixed_refresh_answer": "with_token"}, id="fixed, repeated"),
]


@pytest.mark.parametrize("scheme", ["either_scheme", "bearer_only"])
@pytest.mark.parametrize(("client_id", "switches"), ROTATION)
def test_a_login_is_renewed_hour_after_hour(
    sandbox: Sandbox, client_id: str, switches: dict[str, str], scheme: str
) -> None:
    sandbox.anaplan("POST", "switches", {**switches, "oauth_access_token": scheme})
    make_store(sign_in(sandbox, client_id))
    clock = SandboxClock(sandbox)
    before = exchanges(sandbox)

    for _ in range(4):
        client = open_client(sandbox, clock=clock)
        assert client.fetch_me() == "planner@example.com"
        client.close()
        clock.sleep(31 * MINUTE_S)

    assert exchanges(sandbox) - before == 4


def test_a_token_with_time_left_is_used_by_all_and_outlives_each(sandbox: Sandbox) -> None:
    make_store(sign_in(sandbox))
    clock = SandboxClock(sandbox)
    before = exchanges(sandbox)

    for _ in range(3):
        client = open_client(sandbox, clock=clock)
        client.fetch_me()
        client.close()
        clock.sleep(9 * MINUTE_S)

    assert exchanges(sandbox) - before == 1


def test_the_successor_is_stored_before_the_access_token_is_used(sandbox: Sandbox) -> None:
    old = sign_in(sandbox)
    store = make_store(old)
    sandbox.anaplan("POST", "faults", {"kind": "error", "path": "users/me", "status": 403})

    with pytest.raises(AccessError):
        open_client(sandbox).fetch_me()

    assert store.read().refresh_token not in ("", old.refresh_token)


def test_a_vault_that_cannot_be_written_costs_no_token(sandbox: Sandbox) -> None:
    store = make_store(sign_in(sandbox))
    before = exchanges(sandbox)
    blocked = open_vault().path.with_name("vault.json.new")
    blocked.mkdir()

    with pytest.raises(VaultError, match="cannot be written"):
        open_client(sandbox).fetch_me()

    assert exchanges(sandbox) == before
    blocked.rmdir()
    assert open_client(sandbox).fetch_me() == "planner@example.com"
    assert store.read().begun_at == 0


def test_a_token_that_anaplan_ended_early_is_renewed_once_for_all(sandbox: Sandbox) -> None:
    make_store(sign_in(sandbox))
    first, second = open_client(sandbox), open_client(sandbox)
    for client in (first, second):
        client.fetch_me()
    before = exchanges(sandbox)
    sandbox.anaplan("POST", "tokens/revoke", {})

    for client in (first, second):
        assert client.fetch_me() == "planner@example.com"

    assert exchanges(sandbox) - before == 1


def test_a_lost_answer_is_asked_for_again_and_a_spent_token_explained(sandbox: Sandbox) -> None:
    make_store(sign_in(sandbox))
    spoil_exchange(sandbox, "cut_after")

    with pytest.raises(AccessError, match="used before") as caught:
        open_client(sandbox).fetch_me()

    assert "ml-connector credentials login anaplan" in caught.value.remedy
    assert "was never stored" in str(caught.value)
    # Whoever comes next is told the same, although the process itself lived on.
    with pytest.raises(AccessError, match="was never stored"):
        open_client(sandbox).fetch_me()


def test_a_renewal_that_reached_nobody_blames_no_lost_answer(sandbox: Sandbox) -> None:
    login = msgspec.structs.replace(sign_in(sandbox), oauth_url="http://127.0.0.1:9")
    store = make_store(login)

    with pytest.raises(TransientError, match="cannot reach"):
        open_client(sandbox, oauth_url=login.oauth_url).fetch_me()

    assert store.read() == login


def test_the_first_answer_that_was_lost_is_the_one_that_is_named(sandbox: Sandbox) -> None:
    lost = msgspec.structs.replace(sign_in(sandbox), begun_at=86_400.0)
    store = make_store(lost)
    spoil_exchange(sandbox, "cut_after")

    with pytest.raises(AccessError, match="begun 1970-01-02"):
        open_client(sandbox).fetch_me()

    assert store.read() == lost


@pytest.mark.parametrize("lock", ["vault.json.lock", "vault.json.anaplan.lock"])
def test_a_folder_in_which_nothing_can_be_locked_costs_no_token(
    sandbox: Sandbox, lock: str
) -> None:
    make_store(sign_in(sandbox))
    before = exchanges(sandbox)
    path = open_vault().path.with_name(lock)
    path.unlink(missing_ok=True)
    path.mkdir()

    with pytest.raises(VaultError, match=f"{lock} cannot be taken") as caught:
        open_client(sandbox).fetch_me()

    assert "may write there" in caught.value.remedy
    assert exchanges(sandbox) == before
    path.rmdir()
    assert open_client(sandbox).fetch_me() == "planner@example.com"


def test_a_damaged_login_is_made_again_by_signing_in(sandbox: Sandbox) -> None:
    make_store(sign_in(sandbox))
    vault = open_vault()
    with vault.writing() as draft:
        draft.put("other", {"oauth": "x"})
    content = msgspec.json.decode(vault.path.read_bytes())  # noqa: TID251 - not product code
    content["entries"]["anaplan"] = content["entries"]["other"]
    vault.path.write_bytes(msgspec.json.encode(content))

    with pytest.raises(SettingError, match="damaged or was moved") as caught:
        open_client(sandbox).fetch_me()

    assert caught.value.remedy == "Sign in once: ml-connector credentials login anaplan"


def test_a_login_of_a_key_that_is_lost_is_not_said_to_be_missing(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_store(sign_in(sandbox))
    monkeypatch.setenv("ML_CONNECTOR_KEY", Key.make().text)

    with pytest.raises(VaultError, match="is not the one"):
        open_client(sandbox).fetch_me()


def test_a_request_that_never_arrived_is_sent_again(sandbox: Sandbox) -> None:
    make_store(sign_in(sandbox))
    spoil_exchange(sandbox, "cut_before")

    assert open_client(sandbox).fetch_me() == "planner@example.com"


@pytest.mark.parametrize("status", [403, 400])
@pytest.mark.parametrize("lifetime_s", [43_000, 2_592_000, 31_536_000])
def test_a_login_that_has_ended_says_so_and_shows_no_token(
    sandbox: Sandbox, lifetime_s: int, status: int
) -> None:
    positions = {"refresh_token_lifetime_s": lifetime_s, "oauth_refusal_status": status}
    sandbox.anaplan("POST", "switches", positions)
    login = sign_in(sandbox)
    store = make_store(login)
    sandbox.anaplan("POST", "clock", {"advance_s": lifetime_s})

    with pytest.raises(AccessError, match="login anaplan any more") as caught:
        open_client(sandbox).fetch_me()

    assert login.refresh_token not in everything(caught.value)
    # Refused and not lost: what is said next time must not blame a lost answer.
    assert store.read() == login


@pytest.mark.parametrize("position", ["never_ends", "ends_after_a_year"])
def test_a_login_that_does_not_rotate_may_end_after_a_year(sandbox: Sandbox, position: str) -> None:
    sandbox.anaplan("POST", "switches", {"fixed_refresh_token": position})
    make_store(sign_in(sandbox, FIXED))
    sandbox.anaplan("POST", "clock", {"advance_s": 366 * 86_400})
    client = open_client(sandbox)

    if position == "never_ends":
        assert client.fetch_me() == "planner@example.com"
    else:
        with pytest.raises(AccessError, match="credentials login"):
            client.fetch_me()


def test_a_client_that_is_unknown_is_not_taken_for_a_spent_token(sandbox: Sandbox) -> None:
    make_store(msgspec.structs.replace(sign_in(sandbox), client_id=FOR_CODES))

    with pytest.raises(AccessError, match="OAuth client") as caught:
        open_client(sandbox).fetch_me()

    assert "oauth_url" in caught.value.remedy


def test_without_a_login_the_remedy_is_to_sign_in(sandbox: Sandbox) -> None:
    make_store(sign_in(sandbox), name="other")

    with pytest.raises(SettingError, match="nobody has signed in") as caught:
        open_client(sandbox).fetch_me()

    assert caught.value.remedy == "Sign in once: ml-connector credentials login anaplan"
    assert caught.value.exit_code is ExitCode.SETTINGS_REFUSED


def test_what_is_no_login_is_told_without_being_shown(sandbox: Sandbox) -> None:
    make_store(sign_in(sandbox))
    with open_vault().writing() as draft:
        draft.put("anaplan", {"oauth": '{"oauth_url": "Hunter-2'})

    with pytest.raises(SettingError, match="no login") as caught:
        open_client(sandbox).fetch_me()

    assert "Hunter-2" not in everything(caught.value)


def test_tokens_are_sent_only_where_they_came_from(sandbox: Sandbox) -> None:
    make_store(sign_in(sandbox))
    with RawServer([reply(200, {"access_token": "x"})]) as server:
        client = open_client(sandbox, oauth_url=server.url)
        with pytest.raises(SettingError, match="sent nowhere else"):
            client.fetch_me()

        assert server.received == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (reply(200, b"secret-token"), "cannot be read"),
        (reply(200, b'{"access_token": 5, "refresh_token": "secret-token"}'), "no access_token"),
        (reply(404, b"<html>secret-token</html>"), "not as Anaplan"),
        (reply(401, b"{}"), "not as Anaplan"),
        (
            reply(302, b"", headers=[("Location", "https://x/y?secret-token")]),
            "redirect",
        ),
    ],
)
def test_an_answer_that_is_not_anaplans_is_told_without_its_content(
    sandbox: Sandbox, answer: bytes, says: str
) -> None:
    with RawServer([answer]) as server:
        make_store(msgspec.structs.replace(sign_in(sandbox), oauth_url=server.url))
        settings = settings_of(sandbox.anaplan_root, oauth_url=server.url)
        client = open_anaplan(settings, clock=FakeClock(), audit=Recorder())
        with pytest.raises(ConnectorError, match=says) as caught:
            client.fetch_me()

    assert "secret-token" not in everything(caught.value)


def test_a_token_is_masked_where_anaplan_sends_it_back(sandbox: Sandbox) -> None:
    login = sign_in(sandbox)
    make_store(login)
    error = {"error": "invalid_grant", "error_description": f"no such token {login.refresh_token}"}
    spoil_exchange(sandbox, "status", status=403, body=msgspec.json.encode(error).decode())

    with pytest.raises(AccessError, match=r"no such token \*\*\*"):
        open_client(sandbox).fetch_me()


def test_a_login_shows_no_token_in_its_text(sandbox: Sandbox) -> None:
    login = sign_in(sandbox)

    assert login.refresh_token not in repr(login)


def test_the_store_of_a_login_reads_nothing_before_it_is_asked() -> None:
    assert LoginStore("anaplan", vault=open_vault()).name == "anaplan"
