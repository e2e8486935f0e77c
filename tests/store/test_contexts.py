"""CRM contexts are cached for an hour, and forgotten when asked."""

from hub.model.crm import Context, CrmCustomer
from hub.store.store import Store
from tests.store.acts import keys_like

CONTEXT = Context(
    crm="local",
    outcome="found",
    as_of=7,
    customer=CrmCustomer(source="local", source_id="1", external_id="cust_wang", name="王芳"),
)


async def test_what_was_put_is_there_until_it_is_forgotten(store: Store) -> None:
    contexts = store.contexts
    assert await contexts.get("wang") is None
    await contexts.put("wang", CONTEXT)
    assert await contexts.get("wang") == CONTEXT
    assert await contexts.get("other") is None
    await contexts.forget("wang")
    assert await contexts.get("wang") is None


async def test_little_of_the_crm_lies_here_for_long(store: Store) -> None:
    await store.contexts.put("wang", CONTEXT)
    [key] = await keys_like(store, "*context:*")
    assert 0 < await store.client.do("TTL", key) <= 3_600
