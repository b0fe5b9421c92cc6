"""Switches of signing in, of rights, and of a model's states (Anaplan sheet §1, §3.4, §11).

Numbers in the texts are those of the open questions in §11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox._switches import NOT_NEGATIVE, Switch, word_switch

if TYPE_CHECKING:
    from collections.abc import Mapping

_HALF_DAY_S = 43_000
_MONTH_S = 2_592_000
_YEAR_S = 31_536_000


SIGN_IN_SWITCHES: Mapping[str, Switch] = {
    "certificate_header": word_switch(
        *("both", "armoured", "bare"),
        about="16: CACertificate header: the PEM text with its BEGIN and END lines, or its body",
    ),
    "self_signed_certificates": word_switch(
        "refused", "accepted", about="certificates that no authority has signed (§1.4)"
    ),
    "sso": word_switch(
        "off", "on", about="on: passwords and devices are for exception users (§1.3)"
    ),
    "passwords": word_switch(
        "valid", "expired", about="expired: a login by password is a 401 (§1.3)"
    ),
    "refresh_token_lifetime_s": word_switch(
        *(_HALF_DAY_S, _MONTH_S, _YEAR_S),
        about="15: seconds a rotating refresh token lives: 12 hours, 30 days or a year",
    ),
    "fixed_refresh_token": word_switch(
        "never_ends", "ends_after_a_year", about="15: life of a refresh token that does not rotate"
    ),
    "fixed_refresh_answer": word_switch(
        "without_token", "with_token", about="15: refresh_token in the answer when none rotates"
    ),
    "spent_refresh_token": word_switch(
        *("refused", "ends_family"),
        about="15: a refresh token used twice: refused, or its successors end as well",
    ),
    "oauth_refusal_status": word_switch(
        403, 400, about="HTTP status of invalid_grant, authorization_pending and their kin (§1.5)"
    ),
    "oauth_default_scope": word_switch(
        *("openid email", "openid email offline_access"),
        about="what a device is granted that asks for no scope (§1.5)",
    ),
    "oauth_access_token": word_switch(
        *("either_scheme", "bearer_only"),
        about="OAuth access tokens as AnaplanAuthToken, too (§1.2)",
    ),
}

RIGHTS_SWITCHES: Mapping[str, Switch] = {
    "role": word_switch(
        *("administrator", "tenant_administrator", "standard", "none"),
        about="role of the user in the ready line (§1.6, §2.4)",
    ),
    "search": word_switch(
        *("administrators", "tenant_administrators"),
        about="who `s` filters users and workspaces for; models: tenant administrators (§2.3)",
    ),
    "masked_models": word_switch(
        "listed", "hidden", about="GET /models for a user without a role in the model (§2.4)"
    ),
    "granted_actions": word_switch(
        "all",
        "none",
        about="what a standard user may run: imports, exports, processes, actions (§1.6)",
    ),
    "calendar_role": word_switch(
        "administrator", "standard", about="least role to read calendar, period and versions (§1.6)"
    ),
}

STATE_SWITCHES: Mapping[str, Switch] = {
    "activeState": word_switch(
        *("UNLOCKED", "LOCKED", "ARCHIVED", "MAINTENANCE"),
        *("PRODUCTION", "PRODUCTION_MAINTENANCE"),
        about="state of the model (§3.4): 423, 422, 424; PRODUCTION is a deployed model: 425",
    ),
    "load_ms": Switch(
        default=0,
        shape=NOT_NEGATIVE,
        about="how long an unloaded model takes to load, virtual milliseconds (§3.4)",
    ),
}

SETTINGS_SWITCHES: Mapping[str, Switch] = {
    "totals_selection": word_switch(
        "plain", "prefixed", about="totalsSelection has quarterTotals or isQuarterTotals (§12)"
    ),
    "line_item_key": word_switch(
        "id", "code", about="25: line items are listed with an id, or with a code and without one"
    ),
}

ACCESS_SWITCHES: Mapping[str, Switch] = {
    **SIGN_IN_SWITCHES,
    **RIGHTS_SWITCHES,
    **STATE_SWITCHES,
    **SETTINGS_SWITCHES,
}
