"""Which fields of the CRM's customers an agent may see: those that the setting `crm_hidden` does not keep for leads."""

from hub.model.crm import Context, CrmCustomer

PARTS = ("orders", "tickets", "notes")


def reduced(context: Context, hidden: tuple[str, ...]) -> Context:
    """`context` without the `hidden` fields: of the customer (`points`, `custom`, `custom.KEY`), or whole parts."""
    if not hidden:
        return context
    return context.model_copy(
        update={
            "customer": _customer(context.customer, hidden) if context.customer else None,
            "candidates": tuple(_customer(each, hidden) for each in context.candidates),
            "editable": tuple(field for field in context.editable if not covered(field, hidden)),
            **{part: () for part in PARTS if part in hidden},
            "kept": tuple(kept for kept in context.kept if kept.part not in hidden),
        }
    )


def covered(field: str, hidden: tuple[str, ...]) -> bool:
    return field in hidden or field.partition(".")[0] in hidden


def _customer(it: CrmCustomer, hidden: tuple[str, ...]) -> CrmCustomer:
    """`raw` goes as a whole: a hidden value could stand in it under any name."""
    fields = CrmCustomer.model_fields
    blank = {name: fields[name].get_default(call_default_factory=True) for name in hidden if name in fields}
    custom = {key: value for key, value in it.custom.items() if not covered(f"custom.{key}", hidden)}
    return it.model_copy(update={"custom": custom, "raw": {}, **blank})
