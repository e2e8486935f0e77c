"""The CRM's canonical records travel whole, and a look-up by nothing is recognised as such."""

import pytest
from hypothesis import given, settings
from pydantic import BaseModel, ValidationError

from hub.model.crm import Context, CrmCustomer, CustomerKeys, OrderItem, Shipment, TicketDraft
from tests.model.bodies import of


@pytest.mark.parametrize(
    "keys", [{"external_id": "c1"}, {"emails": ("w@x.cn",)}, {"phones": ("+86",)}, {"wechat_id": "w"}]
)
def test_one_address_is_enough_to_look_somebody_up(keys) -> None:
    assert not CustomerKeys(**keys).empty
    assert CustomerKeys().empty


@pytest.mark.parametrize("model", [CustomerKeys, OrderItem, Shipment, TicketDraft], ids=lambda m: m.__name__)
def test_a_record_comes_back_from_the_cache_as_it_went(model: type[BaseModel]) -> None:
    @settings(max_examples=25)
    @given(of(model))
    def there_and_back(record: BaseModel) -> None:
        assert model.model_validate_json(record.model_dump_json()) == record

    there_and_back()


def test_a_context_says_how_old_it_is_and_what_came_out() -> None:
    customer = CrmCustomer(source="local", source_id="1", external_id="c1", name="王芳")
    context = Context(crm="local", outcome="found", as_of=5, customer=customer)
    assert Context.model_validate_json(context.model_dump_json()) == context
    with pytest.raises(ValidationError):
        Context(crm="local", outcome="perhaps", as_of=5)
    with pytest.raises(ValidationError):
        Context(crm="local", outcome="found")
