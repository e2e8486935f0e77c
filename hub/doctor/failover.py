"""What the doctor says about a Sentinel set or a Cluster: who is primary, who watches, and what would not survive."""

from collections.abc import Iterator
from functools import partial

from hub.doctor.finding import Finding, Words, fail, ok, warn
from hub.doctor.server import examine_server
from hub.model.errors import StoreUnavailable
from hub.settings import Settings
from hub.store.address import Address, UnusableUrl, parse
from hub.store.topology import SLOTS, ClusterLook, Map, Members, Topology, by_sentinels, place_of

_LOOK_S = 1.0
QUORUM = 3  # fewer sentinels, or primaries, can't agree that one of them is dead


async def examine_address(url: str, settings: Settings) -> list[Finding]:
    """Whatever ONETHREAD_REDIS_URL names."""
    try:
        address = parse(url)
    except UnusableUrl as error:
        return [_unusable(error)]
    if address.kind == "one":
        return await examine_server(url, settings)
    members = Members()
    try:
        return [*_judge_level(settings), *await _examine(address, members, settings)]
    finally:
        await members.close()


async def _examine(address: Address, members: Members, settings: Settings) -> list[Finding]:
    look = ClusterLook(address, members) if address.kind == "cluster" else partial(by_sentinels, address, members)
    topology = Topology(Map(()), look, address.member)
    try:
        await topology.first(_LOOK_S)
    except StoreUnavailable:
        return [_nobody(address)]
    found = [*_judge_cluster(topology.map)] if address.kind == "cluster" else [*await _watchers(address, members)]
    for primary in topology.map.urls:
        said = await examine_server(primary, settings)
        found += [finding._replace(what=_at(primary, finding)) for finding in said]
    return found


def _at(primary: str, finding: Finding) -> Words:
    where = place_of(primary)
    return Words(f"{where}: {finding.what.en}", f"{where}：{finding.what.zh}")


async def _watchers(address: Address, members: Members) -> Iterator[Finding]:
    """Which sentinels answer, and whether they agree."""
    urls = {address.watcher(host, port): f"{host}:{port}" for host, port in address.hosts}
    told = await members.ask([*urls], ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.service))
    silent = [where for url, where in urls.items() if url not in told]
    named = {f"{host.decode()}:{port.decode()}" for [(host, port)] in told.values()}
    return iter([*_judge_watchers(len(urls), silent), *_judge_named(named)])


def _judge_watchers(count: int, silent: list[str]) -> Iterator[Finding]:
    names = ", ".join(silent)
    if silent:
        make = warn if 2 * len(silent) < count else fail
        yield make(
            (
                f"{len(silent)} of {count} sentinels do not answer: {names}.",
                f"{count} 个哨兵中有 {len(silent)} 个没有响应：{names}。",
            ),
            (
                "Start them: without a majority nobody takes over when the primary dies.",
                "请启动它们：哨兵不足半数时，主节点故障后无法自动切换。",
            ),
        )
    elif count < QUORUM:
        yield warn(
            (f"There are only {count} sentinels.", f"只有 {count} 个哨兵。"),
            ("Run three, on three machines.", "请在三台机器上各运行一个，共三个。"),
        )
    else:
        yield ok(f"All {count} sentinels answer.", f"{count} 个哨兵全部在线。")


def _judge_named(named: set[str]) -> Iterator[Finding]:
    if len(named) > 1:
        yield warn(
            (f"The sentinels name different primaries: {', '.join(sorted(named))}.", "各哨兵给出的主节点不一致。"),
            (
                "A failover is under way; look again in ten seconds. If it stays, their networks are apart.",
                "可能正在切换，十秒后再看；若一直如此，说明它们之间网络不通。",
            ),
        )


def _judge_cluster(seen: Map) -> Iterator[Finding]:
    missing = SLOTS - sum(last - first + 1 for first, last, _ in seen.ranges)
    if missing:
        yield fail(
            (
                f"{missing} slots of the cluster have no primary: some customers can't be served.",
                f"集群有 {missing} 个槽没有主节点：部分客户无法得到服务。",
            ),
            (
                "Start the members that are down, or assign the slots (valkey-cli --cluster fix).",
                "请启动停掉的节点，或重新分配这些槽（valkey-cli --cluster fix）。",
            ),
        )
    if len(seen.urls) < QUORUM:
        yield warn(
            (f"The cluster has only {len(seen.urls)} primaries.", f"集群只有 {len(seen.urls)} 个主节点。"),
            (
                "Run three or more: fewer can't agree that one of them is dead.",
                "请至少运行三个：更少时无法就故障达成一致。",
            ),
        )
    elif not missing:
        yield ok(f"The cluster is whole: {len(seen.urls)} primaries.", f"集群完整，共 {len(seen.urls)} 个主节点。")


def _judge_level(settings: Settings) -> Iterator[Finding]:
    if settings.durability != "replicated":
        yield warn(
            (
                f'Durability is "{settings.durability}": when a replica takes over, what its primary acked last may '
                "be missing.",
                f"持久级别为 {settings.durability}：副本接管时，主节点最后确认的消息可能丢失。",
            ),
            ("Set ONETHREAD_DURABILITY=replicated.", "设置 ONETHREAD_DURABILITY=replicated。"),
        )


def _unusable(error: UnusableUrl) -> Finding:
    return fail(
        ("ONETHREAD_REDIS_URL is no address of a store.", "ONETHREAD_REDIS_URL 不是有效的存储地址。"),
        (error.detail[:1].upper() + error.detail[1:] + ".", f"格式示例：{SHAPES_ZH}"),
    )


SHAPES_ZH = (
    "redis://[用户名:密码@]主机:端口/0、redis+sentinel://主机:端口,主机:端口/服务名、redis+cluster://主机:端口,主机:端口"
    "（TLS 用 rediss）。"
)


def _nobody(address: Address) -> Finding:
    hosts = ", ".join(f"{host}:{port}" for host, port in address.hosts)
    if address.kind == "sentinel":
        return fail(
            (
                f'No sentinel of {hosts} names a primary for "{address.service}".',
                f"哨兵（{hosts}）都没有给出“{address.service}”的主节点。",
            ),
            (
                "Start the sentinels, or correct their addresses, sentinel_password, or the service's name.",
                "请启动哨兵，或改正其地址、sentinel_password 或服务名。",
            ),
        )
    return fail(
        (f"No member of the cluster answers at {hosts}.", f"集群节点（{hosts}）都没有响应。"),
        ("Start the cluster, or correct ONETHREAD_REDIS_URL.", "请启动集群，或改正 ONETHREAD_REDIS_URL。"),
    )
