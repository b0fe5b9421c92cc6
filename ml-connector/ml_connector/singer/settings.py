"""A plugin's settings as they come: files read, checked by the schema, every refusal named."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.plugin_base import JSONSchemaValidator, _ConfigInput
from singer_sdk.singerlib import Catalog

from ml_connector.errors import SettingError, build_missing_remedy
from ml_connector.secrets import is_reference
from ml_connector.urls import redact_url
from ml_connector.wire import WireError, as_list, as_object, decode_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jsonschema import ValidationError  # type: ignore[import-untyped]
    from singer_sdk.plugin_base import PluginBase


def read_settings(paths: Sequence[str]) -> _ConfigInput:
    """Read the files given with `--config`; later ones win.

    Raises:
        SettingError: a file is missing or is not a JSON object.
    """
    found = _ConfigInput()
    for path in paths:
        if path == "ENV":
            found.parse_env = True
        else:
            found.config |= _read_file(path)
    return found


def read_environment(schema: Mapping[str, Any], *, prefix: str) -> dict[str, Any]:
    """Return the settings of `schema` that variables beginning with `prefix` hold.

    Raises:
        SettingError: a variable does not have the form of its setting; its value is not shown.
    """
    found: dict[str, Any] = {}
    for name, described in schema["properties"].items():
        try:
            found |= parse_environment_config({"properties": {name: described}}, prefix)
        except ValueError as error:
            raise SettingError(
                name,
                None,
                f"what the variable {prefix}{name.upper()} holds cannot be read",
                remedy="Write numbers in digits, lists and objects in JSON.",
            ) from error
    return found


def _read_file(path: str) -> dict[str, object]:
    try:
        return as_object(decode_json(Path(path).read_bytes()), "the file")
    except (OSError, WireError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        # Settings typed in place of a file may hold a secret.
        shown = None if path.lstrip().startswith("{") else path
        raise SettingError(
            "--config", shown, f"cannot be read ({reason})", remedy="Give a JSON file."
        ) from error


def read_state(file: IO[str] | None) -> dict[str, object] | None:
    """Read the file given with `--state`; a bookmark of each stream is an object.

    Raises:
        SettingError: it is not that.
    """
    with _naming("--state", file, remedy="Give the last STATE a target wrote."):
        state = None if file is None else as_object(decode_json(file.read()), "the file")
        bookmarks = as_object((state or {}).get("bookmarks", {}), "bookmarks")
        for stream, bookmark in bookmarks.items():
            as_object(bookmark, f"the bookmark of {stream}")
        return state


def read_catalog(file: IO[str] | None) -> Catalog | None:
    """Read the file given with `--catalog`.

    Raises:
        SettingError: it is not a Singer catalog.
    """
    if file is None:
        return None
    with _naming("--catalog", file, remedy="Give what --discover writes."):
        found = as_object(decode_json(file.read()), "the file")
        entries = [
            as_object(entry, "an entry of streams")
            for entry in as_list(found["streams"], "streams")
        ]
        for entry in entries:
            as_object(entry["schema"], "a schema")
        return Catalog.from_dict({"streams": entries})


@contextmanager
def _naming(option: str, file: IO[str] | None, *, remedy: str) -> Iterator[None]:
    try:
        yield
    except (WireError, UnicodeDecodeError) as error:
        raise SettingError(
            option, file and file.name, f"cannot be read ({error})", remedy=remedy
        ) from error
    except KeyError as error:
        raise SettingError(option, file and file.name, f"lacks {error}", remedy=remedy) from error
    except (TypeError, AttributeError, ValueError) as error:
        problem = "has another shape than this option needs"
        raise SettingError(option, file and file.name, problem, remedy=remedy) from error


def check_settings(plugin: PluginBase, settings: dict[str, object], *, refuse: bool) -> list[str]:
    """Check settings by the plugin's schema, filling in defaults; secrets are never shown.

    Raises:
        SettingError: naming the first setting that does not fit, when `refuse`.
    """
    schema = plugin.config_jsonschema
    plugin.append_builtin_config(schema)
    problems = [
        _name_setting(error, schema, plugin.name)
        for error in JSONSchemaValidator(schema).iter_errors(settings)
    ]
    if problems and refuse:
        first, *others = problems
        also = f" Look at these as well: {', '.join(each.setting for each in others)}."
        raise SettingError(
            first.setting,
            first.value,
            first.problem,
            remedy=first.remedy + (also if others else ""),
        )
    return [f"{each.setting}: {each.problem}" for each in problems]


def find_secrets_in_clear(
    settings: Mapping[str, object], schema: Mapping[str, Any]
) -> Sequence[str]:
    """Name the settings that hold a secret itself and not where it is kept."""
    return [
        name
        for name, value in settings.items()
        if isinstance(value, str)
        and value
        and _is_secret([name], schema)
        and not is_reference(value)
        # An address is secret only for the password in it.
        and not ("://" in value and redact_url(value) == value)
    ]


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    """A setting that does not fit; `value` is `None` where it must not be shown."""

    setting: str
    problem: str
    value: object = None
    remedy: str = "Correct it."


def _name_setting(error: ValidationError, schema: Mapping[str, Any], plugin: str) -> _Refusal:
    path = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        # One error per missing property; only its message says which: 'x' is a required property.
        missing = error.message.split("'")[1]
        return _Refusal(
            setting=".".join([*path, missing]),
            problem="is required",
            remedy="Set it." if path else build_missing_remedy(missing, plugin=plugin),
        )
    is_shown = path and not _is_secret(path, schema) and not isinstance(error.instance, dict | list)
    expected = {
        "type": f"is not of type {error.validator_value}",
        "enum": f"is not one of {error.validator_value}",
    }.get(str(error.validator), f"does not fit ({error.validator} {error.validator_value})")
    return _Refusal(
        setting=".".join(path) or "config",
        problem=expected[:300],
        value=error.instance if is_shown else None,
    )


def _is_secret(path: Sequence[str], schema: Mapping[str, Any]) -> bool:
    described: Any = schema
    for part in path:
        described = described.get("properties", {}).get(part) or described.get("items", {})
        if described.get("secret") or described.get("writeOnly"):
            return True
    return False
