"""Plain values that nobody changes. The type checker sees to that: in the constructor it took four times as long."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """A slotted, hashable dataclass, to be read only: mypy refuses an assignment to its fields, Python does not."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
