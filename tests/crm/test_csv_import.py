"""Covers hub/crm/csv_import.py: whole files into the CRM, or nothing and the reasons."""

from datetime import timedelta, timezone
from pathlib import Path

import pytest

from hub.crm import csv_import
from hub.crm.csv_import import CUSTOMER_COLUMNS, ORDER_COLUMNS, import_customers, import_files, import_orders
from hub.crm.local import LocalCrm
from hub.crm.local_load import Loaded
from hub.model.crm import CustomerKeys, OrderItem, OwnedProduct, Phone, TrailStep
from hub.model.errors import BadRequest

SHANGHAI = timezone(timedelta(hours=8))

CUSTOMERS = """\
external_id,name,surname,title,tier,emails,phones,points,tags,consent,products,address
cust_wang,王丽,王,ms,Gold,Wang.Li@example.com;wl@example.org,138 0000 1234;(021) 6888 1234,2380,老客户,\
email=yes;sms=no,电热水壶|K200S|CL-K200S;电饭煲|RC40,"碧波路 690 号,
2 号楼"
cust_oneil,Siobhán O'Neil,O'Neil,ms,,s.o'neil@example.com,+353 20 913 4567,,,,,
""".encode()

ORDERS = """\
number,customer,placed_at,status,currency,total,item,sku,model,qty,price,shipment,carrier,tracking,shipment_status,eta
A-1,cust_wang,2026-11-22T18:30,shipped,,957.00,电饭煲,CL-RC40,RC40,,699.00,S-1,顺丰速运,SF1,in_transit,2026-11-25
A-1,cust_wang,,,,,电热水壶,CL-K200S,K200S,2,129.00,S-2,中通快递,ZT1,packed,
A-2,cust_oneil,2026-10-01T10:00+01:00,Delivered,eur,59.90,Kettle,,,1,59.90,,,,,
""".encode()


async def refusal(crm: LocalCrm, customers: str = "", orders: str = "") -> list[str]:
    with pytest.raises(BadRequest) as refused:
        await (import_customers(crm, customers.encode()) if customers else import_orders(crm, orders.encode()))
    return refused.value.detail.splitlines()


async def test_customers_come_with_every_column(crm: LocalCrm) -> None:
    assert await import_customers(crm, CUSTOMERS) == Loaded(added=2)
    [wang] = await crm.find_customer(CustomerKeys(phones=("13800001234",)))
    assert (wang.name, wang.surname, wang.title, wang.tier, wang.points) == ("王丽", "王", "ms", "gold", 2380)
    assert wang.emails == ("wang.li@example.com", "wl@example.org")
    assert wang.phones[1] == Phone(raw="(021) 6888 1234", e164="+862168881234")
    assert (wang.tags, wang.consent) == (("老客户",), {"email": True, "sms": False})
    assert wang.products_owned == (
        OwnedProduct(name="电热水壶", model="K200S", sku="CL-K200S"),
        OwnedProduct(name="电饭煲", model="RC40"),
    )
    assert wang.address == "碧波路 690 号,\n2 号楼"


async def test_orders_come_with_items_and_shipments(crm: LocalCrm) -> None:
    await import_customers(crm, CUSTOMERS)
    assert await import_orders(crm, ORDERS, zone=SHANGHAI) == Loaded(added=2)
    [order] = await crm.orders("cust_wang")
    assert (order.status, order.currency, order.total) == ("shipped", "CNY", "957.00")
    assert order.placed_at == 1_795_343_400_000  # 10:30 UTC
    assert order.items[0] == OrderItem(sku="CL-RC40", name="电饭煲", model="RC40", qty=1, price="699.00")
    assert (order.items[1].name, order.items[1].qty) == ("电热水壶", 2)
    assert [(it.number, it.carrier, it.status, it.eta) for it in order.shipments] == [
        ("S-1", "顺丰速运", "in_transit", 1_795_536_000_000),
        ("S-2", "中通快递", "packed", 0),
    ]
    [other] = await crm.orders("cust_oneil")
    assert (other.currency, other.placed_at, other.shipments) == ("EUR", 1_790_845_200_000, ())


async def test_the_same_files_again_change_nothing(crm: LocalCrm, now: int) -> None:
    await import_customers(crm, CUSTOMERS)
    await import_orders(crm, ORDERS)
    before = await crm.find_customer(CustomerKeys(external_id="cust_wang")), await crm.orders("cust_wang")
    later = crm.at(now + 1)
    assert await import_customers(later, CUSTOMERS) == Loaded(unchanged=2)
    assert await import_orders(later, ORDERS) == Loaded(unchanged=2)
    assert (await crm.find_customer(CustomerKeys(external_id="cust_wang")), await crm.orders("cust_wang")) == before


async def test_an_empty_cell_overwrites_nothing(crm: LocalCrm) -> None:
    await import_customers(crm, CUSTOMERS)
    text = "external_id,name,tier,points,emails,surname\ncust_wang,王丽,platinum,,,\n"
    assert await import_customers(crm, text.encode()) == Loaded(changed=1)
    [wang] = await crm.find_customer(CustomerKeys(external_id="cust_wang"))
    assert (wang.tier, wang.points, wang.surname, len(wang.emails)) == ("platinum", 2380, "王", 2)


async def test_a_delivered_order_keeps_what_the_file_does_not_say(crm: LocalCrm) -> None:
    await import_customers(crm, CUSTOMERS)
    await import_orders(crm, ORDERS)
    [order] = await crm.orders("cust_wang")
    tracked = order.shipments[0].model_copy(update={"trail": (TrailStep(at=5, text="已揽收"),)})
    await crm.load_orders([("cust_wang", order.model_copy(update={"shipments": (tracked,)}))])
    header = "number,customer,placed_at,status,shipment,shipment_status"
    await import_orders(crm, f"{header}\nA-1,cust_wang,2026-11-22T18:30,delivered,S-1,delivered\n".encode())
    [after] = await crm.orders("cust_wang")
    assert (after.status, after.total, len(after.items)) == ("delivered", "957.00", 2)
    assert after.shipments == (tracked.model_copy(update={"status": "delivered"}), order.shipments[1])


async def test_every_problem_of_a_customers_file_is_told_with_its_place(crm: LocalCrm) -> None:
    problems = await refusal(
        crm,
        customers="external_id,name,title,tier,emails,phones,points,consent,products\n"
        "c1,A,dr,brass,no mail,021-1,1.5,email,K200S\n"
        ",,,,,,,,\n"
        ",B,,,,,,,\n"
        "c1,,,,,,,,\n",
    )
    assert problems == [
        "line 2, column title: must be one of mr, ms",
        "line 2, column tier: must be one of standard, silver, gold, platinum",
        "line 2, column emails: must be e-mail addresses, with ; between them",
        "line 2, column phones: must be phone numbers, with ; between them and +country unless local",
        "line 2, column points: must be a whole number",
        "line 2, column consent: must be like email=yes;sms=no",
        "line 2, column products: must be like name|model or name|model|sku, with ; between them",
        "line 4, column external_id: is empty",
        "line 5, column external_id: is also on line 2",
        "line 5, column name: is empty",
    ]


async def test_every_problem_of_an_orders_file_is_told_with_its_place(crm: LocalCrm) -> None:
    await import_customers(crm, CUSTOMERS)
    await import_orders(crm, ORDERS)
    problems = await refusal(
        crm,
        orders="number,customer,placed_at,status,total,item,qty,price,shipment,carrier,shipment_status\n"
        "B-1,cust_wang,soon,lost,1e,Kettle,0,x,S-1,DHL,gone\n"
        "B-1,cust_oneil,,,,,3,,,UPS,\n"
        "B-1,,,,,,,,S-1,UPS,\n"
        ",,,,,Kettle,,,,,\n"
        "B-2,cust_nobody,2026-11-22,paid,,,,,,,\n"
        "A-1,cust_oneil,2026-11-22,paid,,,,,,,\n",
    )
    assert problems == [
        "line 2, column placed_at: must be a time such as 2026-11-22 or 2026-11-22T18:30+08:00",
        "line 2, column status: must be one of pending, paid, packed, shipped, delivered, cancelled, returned",
        "line 2, column total: must be an amount such as 199.00",
        "line 2, column qty: must be at least 1",
        "line 2, column price: must be an amount such as 199.00",
        "line 2, column shipment_status: must be one of pending, packed, in_transit, out_for_delivery, delivered, "
        "returned, exception",
        "line 3, column customer: differs from line 2",
        "line 3, column item: is empty",
        "line 3, column shipment: is empty",
        "line 3, column shipment_status: is empty",
        "line 4, column carrier: differs from line 2",
        "line 5, column number: is empty",
        "line 5, column customer: is empty",
        "line 5, column placed_at: is empty",
        "line 5, column status: is empty",
        "line 6, column customer: is no customer here; import the customers first",
        "line 7, column number: is an order of another customer",
    ]


async def test_one_wrong_cell_and_nothing_is_imported(crm: LocalCrm) -> None:
    text = "external_id,name,points\ngood,A,1\nbad,B,x\n"
    await refusal(crm, customers=text)
    assert await crm.known(["good", "bad"]) == frozenset()


async def test_a_problem_never_quotes_the_cell(crm: LocalCrm) -> None:
    [problem] = await refusal(crm, customers="external_id,name,phones\nc1,A,138 0000 123\n")
    assert "138" not in problem


async def test_names_go_through_unharmed(crm: LocalCrm) -> None:
    names = ["Robert'); DROP TABLE customers;--", "欧阳·娜娜", "O'Neil", '"quoted"', "=1+1", "🦊"]
    quoted = "".join(f'c{n},"{name.replace(chr(34), chr(34) * 2)}"\n' for n, name in enumerate(names))
    assert await import_customers(crm, f"external_id,name\n{quoted}".encode()) == Loaded(added=len(names))
    found = [await crm.find_customer(CustomerKeys(external_id=f"c{n}")) for n in range(len(names))]
    assert [it.name for [it] in found] == names


async def test_a_file_with_only_its_first_line(crm: LocalCrm) -> None:
    assert await import_customers(crm, b"external_id,name\n") == Loaded()
    assert await import_orders(crm, b"number,customer,placed_at,status\n") == Loaded()


@pytest.mark.parametrize("column", sorted({*CUSTOMER_COLUMNS, *ORDER_COLUMNS}))
def test_every_column_is_described(column: str) -> None:
    assert column in (csv_import.__doc__ or "").replace(",", " ").replace("*", " ").split()


# --- both files together ----------------------------------------------------------------------------------


async def nothing_came(crm: LocalCrm) -> bool:
    return not await crm.known({"cust_wang", "cust_oneil"}) and not await crm.order_owners({"A-1", "A-2"})


async def test_orders_may_be_of_customers_who_come_with_them(crm: LocalCrm) -> None:
    assert await import_files(crm, CUSTOMERS, ORDERS, zone=SHANGHAI) == (Loaded(added=2), Loaded(added=2))
    assert await import_files(crm, CUSTOMERS, ORDERS, zone=SHANGHAI) == (Loaded(unchanged=2), Loaded(unchanged=2))
    assert await import_files(crm, None, ORDERS, zone=SHANGHAI) == (Loaded(), Loaded(unchanged=2))
    assert await import_files(crm, CUSTOMERS, None) == (Loaded(unchanged=2), Loaded())


async def test_a_problem_in_either_file_keeps_both_out(crm: LocalCrm) -> None:
    with pytest.raises(BadRequest) as refused:
        await import_files(crm, CUSTOMERS, ORDERS + b"A-3,cust_nobody,2026-11-22,shipped\n")
    assert refused.value.detail == "orders: line 5, column customer: is no customer here; import the customers first"
    assert await nothing_came(crm)
    with pytest.raises(BadRequest) as refused:
        await import_files(crm, b"external_id,name\ncust_wang,\n", ORDERS.replace(b"957.00", b"much"))
    assert refused.value.detail.splitlines() == [
        "customers: line 2, column name: is empty",
        "orders: line 2, column total: must be an amount such as 199.00",
    ], "not that each order's customer is unknown: their file could not be read"
    assert await nothing_came(crm)


async def test_an_empty_file_is_no_file_of_this_kind(crm: LocalCrm) -> None:
    with pytest.raises(BadRequest, match="customers: line 1, column external_id: is missing"):
        await import_files(crm, b"", None)


async def test_an_order_that_is_anothers_keeps_both_out(crm: LocalCrm) -> None:
    await import_files(crm, CUSTOMERS, ORDERS)
    more = b"external_id,name\ncust_new,New\n"
    stolen = b"number,customer,placed_at,status\nA-1,cust_new,2026-11-22,shipped\n"
    with pytest.raises(BadRequest, match="orders: line 2, column number: is an order of another customer"):
        await import_files(crm, more, stolen)
    assert not await crm.known({"cust_new"})


def test_every_column_is_described_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs/crm.md").read_text()
    assert [name for name in (*CUSTOMER_COLUMNS, *ORDER_COLUMNS) if f"`{name}`" not in page] == []
