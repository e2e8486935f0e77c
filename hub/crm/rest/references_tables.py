"""The tables of the references."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

writes = Table(
    "crm_writes",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("operation", String(40), primary_key=True),
    Column("marker", String(240), primary_key=True),
    Column("mark", String(20), nullable=False),
    Column("on", String(250), nullable=False),  # the customer's external id, or the ticket's number
    Column("state", String(10), nullable=False),  # unknown, made, sent
    Column("at", BigInteger, nullable=False),  # when it was last sent
    Column("owner", String(40), nullable=False),
    Column("until", BigInteger, nullable=False),  # the owner's lease
    Column("remote_id", String(250), nullable=False),
    Column("result", Text, nullable=False),
    Index("crm_writes_mark", "connection", "mark"),
    Index("crm_writes_on", "connection", "on"),
)

customers = Table(
    "crm_customers",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("external_id", String(250), primary_key=True),
    Column("remote_id", String(250), nullable=False),
    Column("keys", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("crm_customers_remote", "connection", "remote_id"),
)

sessions = Table(
    "crm_sessions",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("owner", String(40), nullable=False),
    Column("leased_until", BigInteger, nullable=False),
)
