"""Who is in every CRM that the tests connect to: two customers with orders, so that one may not see the other's.

No import but the standard library's: seeds run in the CRMs' own virtual environments.
"""

WANG = {
    "external_id": "cust_wang",
    "name": "王丽",
    "surname": "王",
    "given": "丽",
    "email": "wang.li@example.com",
    "phone": "+8613800001234",
    "address": {"street": "长乐路 12 号", "city": "上海", "postal_code": "200040"},
    "tags": ["Gold", "VIP"],
    "order": "WEB-1001",
    "quantity": 2,
}
LIU = {
    "external_id": "cust_liu",
    "name": "刘强",
    "surname": "刘",
    "given": "强",
    "email": "liu@example.com",
    "phone": "+8613900005678",
    "address": {"street": "中山路 5 号", "city": "南京", "postal_code": "210005"},
    "tags": [],
    "order": "WEB-2001",
    "quantity": 1,
}
CUSTOMERS = (WANG, LIU)
PRODUCT = {"sku": "KETTLE-17", "name": "Kettle 1.7L", "price": "39.90"}

# Who is hard on query languages. They are added by the tests, through each CRM's own API.
ODD = (
    {
        "external_id": "o'neil-1",
        "name": "Siobhán O'Neil",
        "surname": "O'Neil",
        "given": "Siobhán",
        "email": "s.o'neil@example.com",
        "phone": "+353861234567",
    },
    {
        "external_id": "欧阳-2",
        "name": "欧阳·娜娜",
        "surname": "欧阳·",
        "given": "娜娜",
        "email": "nana@example.com",
        "phone": "+8613700002222",
    },
    {
        "external_id": "' or 1=1 --",
        "name": "' or 1=1 --",
        "surname": "1=1 --",
        "given": "' or",
        "email": "injection@example.com",
        "phone": "+8613600003333",
    },
)
