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
    is_tenant_administrator: bool = False
    is_exception: bool = False
    """May log in with a password although single sign-on is on (§1.3)."""
    is_active: bool = True


# The passwords below are the sandbox's own; the planner's is printed in its ready line.
PLANNER = User(
    id="8a81b09c5a1b2c3d015a1b2c3d4e0001",
    email="planner@example.com",
    password="Plan-4-Sandbox!",  # noqa: S106
    first_name="Petra",
    last_name="Planner",
    role=Role.ADMINISTRATOR,
)
USERS = (
    PLANNER,
    User(
        id="8a81b09c5a1b2c3d015a1b2c3d4e0002",
        email="second@example.com",
        password="Second-4-Sandbox!",  # noqa: S106
        first_name="Sven",
        last_name="Second",
        role=Role.ADMINISTRATOR,
        is_exception=True,
    ),
    User(
        id="8a81b09c5a1b2c3d015a1b2c3d4e0003",
        email="standard@example.com",
        password="Standard-4-Sandbox!",  # noqa: S106
        first_name="Stella",
        last_name="Standard",
        role=Role.STANDARD,
    ),
    User(
        id="8a81b09c5a1b2c3d015a1b2c3d4e0004",
        email="outsider@example.com",
        password="Outsider-4-Sandbox!",  # noqa: S106
        first_name="Otto",
        last_name="Outsider",
        role=Role.NONE,
    ),
    User(
        id="8a81b09c5a1b2c3d015a1b2c3d4e0005",
        email="tenant@example.com",
        password="Tenant-4-Sandbox!",  # noqa: S106
        first_name="Tara",
        last_name="Tenant",
        role=Role.ADMINISTRATOR,
        is_tenant_administrator=True,
    ),
    User(
        id="8a81b09c5a1b2c3d015a1b2c3d4e0006",
        email="former@example.com",
        password="Former-4-Sandbox!",  # noqa: S106
        first_name="Fritz",
        last_name="Former",
        role=Role.STANDARD,
        is_active=False,
    ),
)
CUSTOMER_ID = "8a81b0995a1b2c3d015a1b2c3d4e9999"


def find_user(*, email: str, password: str) -> User | None:
    """Return the active user of these credentials; the e-mail's case does not matter."""
    user = find_user_by_email(email)
    return user if user is not None and user.password == password and user.is_active else None


def find_user_by_email(email: str) -> User | None:
    """Return the user of that address, active or not."""
    return next((user for user in USERS if user.email == email.lower()), None)
