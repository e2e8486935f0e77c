"""The CRMs that the settings name, in their order, and who is asked what. The first is where customers are from."""

from collections.abc import Iterable, Iterator

from hub.model.crm import Capability, CrmCustomer, CustomerKeys
from hub.model.frozen import frozen
from hub.model.identity import Identity, IdentityKind, Proof
from hub.ports import Crm, CrmHook


@frozen
class Connection:
    """One CRM and what it is used for.

    `account_ids`: the ids by which sites sign their customers in are this CRM's own, and it is asked by them.
    `deadline_s`: how long a conversation's context waits for it.
    """

    crm: Crm
    used_for: frozenset[Capability]
    account_ids: bool = True
    deadline_s: float = 2.0
    title: str = ""
    kind: str = "local"
    hook: CrmHook | None = None

    @property
    def name(self) -> str:
        return self.crm.name

    def does(self, what: Capability) -> bool:
        return what in self.used_for and what in self.crm.can


class Connections:
    """None at all is possible: then nothing is known of anybody."""

    def __init__(self, connections: Iterable[Connection]) -> None:
        self._all = {connection.name: connection for connection in connections}

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._all.values())

    def get(self, name: str) -> Connection | None:
        return self._all.get(name)

    def first(self, *whats: Capability) -> Connection | None:
        """The first that does one of `whats`, the earlier of them preferred."""
        return next((connection for what in whats for connection in self if connection.does(what)), None)

    @property
    def can(self) -> tuple[Capability, ...]:
        """What at least one of them does, sorted."""
        return tuple(sorted({what for each in self for what in each.used_for if each.does(what)}))


def chosen(connection: str, external_id: str) -> Identity:
    """The agent's word that somebody is this customer of that connection: ids of two CRMs are never mixed up."""
    return Identity(kind=IdentityKind.CRM, value=f"{connection}/{external_id}", proof=Proof.AGENT_WORD)


def keys_of(identities: tuple[Identity, ...], connection: Connection) -> CustomerKeys:
    """What the CRM may be asked by: addresses that somebody vouches for. A claim is never looked up."""
    held = [i for i in identities if i.proof >= Proof.AGENT_WORD]

    def values(kind: IdentityKind) -> tuple[str, ...]:
        return tuple(i.value for i in held if i.kind is kind)

    own = tuple(_own_id(value, connection.name) for value in values(IdentityKind.CRM))
    accounts = tuple(v.partition("/")[2] for v in values(IdentityKind.ACCOUNT)) if connection.account_ids else ()
    return CustomerKeys(
        external_id=next((one for one in (*own, *accounts) if one), ""),
        emails=values(IdentityKind.EMAIL),
        phones=values(IdentityKind.PHONE),
        wechat_id=next(iter(values(IdentityKind.WECHAT)), ""),
    )


def _own_id(value: str, name: str) -> str:
    """ "" for another connection's. Before there were several, there was `local`, and it was not named."""
    connection, named, external_id = value.partition("/")
    if not named:
        return value if name == "local" else ""
    return external_id if connection == name else ""


def wider(keys: CustomerKeys, customer: CrmCustomer) -> CustomerKeys:
    """`keys` and the addresses that one CRM has of its customer: another CRM may know them by those."""
    phones = (phone.e164 for phone in customer.phones if phone.e164)
    return CustomerKeys(
        external_id=keys.external_id,
        emails=tuple(dict.fromkeys((*keys.emails, *customer.emails))),
        phones=tuple(dict.fromkeys((*keys.phones, *phones))),
        wechat_id=keys.wechat_id or customer.wechat_id or "",
    )
