"""Helpers with which the modules of this package write resources down."""

from __future__ import annotations

from ml_connector_sandbox.sage300._types import Property, Resource, collection, parse_properties

UPDATE_OPERATION = parse_properties(
    "UpdateOperation UpdateOperation(Unspecified Insert Update Delete)"
)


def define(
    path: str,
    entity: str,
    properties: tuple[Property, ...],
    *,
    verbs: str = "GPUDA",
    key: tuple[str, ...] = (),
    stamp: str | None = None,
) -> Resource:
    """Define a resource; without `key` its first property is the key.

    Every entity carries `UpdateOperation` (Sage sheet §1.4).
    """
    module, name = path.split("/")
    return Resource(
        module=module,
        name=name,
        entity=entity,
        key=key or (properties[0].name,),
        properties=(*properties, *UPDATE_OPERATION),
        stamp=stamp,
        verbs=verbs,
    )


def define_process(path: str, entity: str, text: str = "") -> Resource:
    """Define a process: only `('$template')` and `('$process')`, and a dummy key (§4.3)."""
    properties = parse_properties(f"ActionSelector str1, {text}")
    return define(path, entity, properties, verbs="P")


def details(
    name: str, item: str, content: tuple[Property, ...], *, key: str, step: int = 0
) -> Property:
    """Define a collection; every detail carries `UpdateOperation`.

    Args:
        name: The collection's name.
        item: The complex type of a detail.
        content: The detail's properties.
        key: The property that tells details of one parent apart; several, parted by blanks.
        step: How the server numbers them, if it does.
    """
    properties = (*content, *UPDATE_OPERATION)
    return collection(name, item=item, details=properties, key=tuple(key.split()), step=step)


def optional_fields(name: str, entity: str, parent_keys: str) -> Property:
    """Define a collection of optional-field values (§4.0).

    Args:
        name: The collection's name, `VendorOptionalFieldValues`.
        entity: The detail's type, `VendorOptionalFieldValue`.
        parent_keys: Definition text of the parent's key properties.
    """
    content = parse_properties(f"""
    {parent_keys}
    OptionalField code12, Value str60
    {entity}Type {entity}Type(Text Amount Number Integer YesNo Date Time)
    Length int, Decimals int, AllowBlank bool, Validate bool
    ValueSet OptionalFieldValueSet(No Yes NotApplicable), TypedValueFieldIndex int
    TextValue str60, AmountValue dec3, NumberValue dec6, IntegerValue int
    YesNoValue OptionalFieldYesNo(No Yes), DateValue date, TimeValue date
    OptionalFieldDescription str60, ValueDescription str60
    """)
    return details(name, entity, content, key="OptionalField")
