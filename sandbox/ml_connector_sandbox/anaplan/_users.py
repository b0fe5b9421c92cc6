"""The tenant's users and what they may do (Anaplan sheet §1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """A user's role in the one workspace and model."""

    ADMINISTRATOR = "administrator"
    STANDARD = "standard"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class User:
    """A person, or the account of an integration."""

    id: str
    email: str
    password: str
    first_name: str
    last_name: str
    role: Role


PLANNER = User(
    id="8a81b09c5a1b2c3d015a1b2c3d4e0001",
    email="planner@example.com",
    password="Plan-4-Sandbox!",  # noqa: S106  # the sandbox's own, printed in its ready line
    first_name="Petra",
    last_name="Planner",
    role=Role.ADMINISTRATOR,
)
USERS = (
    PLANNER,
    User(
        id="8a81b09c5a1b2c3d015a1b2c3d4e0002",
        email="second@example.com",
        password="Second-4-Sandbox!",  # noqa: S106  # as above
        first_name="Sven",
        last_name="Second",
        role=Role.ADMINISTRATOR,
    ),
    User(
        id="8a81b09c5a1b2c3d015a1b2c3d4e0003",
        email="standard@example.com",
        password="Standard-4-Sandbox!",  # noqa: S106  # as above
        first_name="Stella",
        last_name="Standard",
        role=Role.STANDARD,
    ),
    User(
        id="8a81b09c5a1b2c3d015a1b2c3d4e0004",
        email="outsider@example.com",
        password="Outsider-4-Sandbox!",  # noqa: S106  # as above
        first_name="Otto",
        last_name="Outsider",
        role=Role.NONE,
    ),
)
CUSTOMER_ID = "8a81b0995a1b2c3d015a1b2c3d4e9999"


def find_user(*, email: str, password: str) -> User | None:
    """Return the user of these credentials; the e-mail's case does not matter."""
    for user in USERS:
        if user.email == email.lower() and user.password == password:
            return user
    return None
