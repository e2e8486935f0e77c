"""What the doctor says about the sites: their keys and origins, the public address, the demo."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from hub.doctor.finding import Finding, fail, ok, warn
from hub.settings import Settings, Site, SiteKey

LEAST_SECRET = 32  # bytes: RFC 7518, 3.2 (a key for HS256 is at least as long as its hash)


def examine_sites(settings: Settings) -> Iterator[Finding]:
    yield from _public_url(settings)
    yield from _demo(settings)
    if not settings.sites and not settings.demo:
        yield warn(
            ("No site is configured, so no page can show the widget.", "还没有配置任何站点，网页上无法显示客服窗口。"),
            (
                'Add [sites.shop] to onethread.toml, with name = "Shop" and origins = ["https://shop.example.com"].',
                '在 onethread.toml 里加上 [sites.shop]，写明 name = "商店" 和 origins = ["https://shop.example.com"]。',
            ),
        )
    for name, site in settings.sites.items():
        problems = [*_names(name, site), *keys_of(name, site), *_origins(name, site)]
        yield from problems or [ok(f'Site "{name}".', f"站点“{name}”。")]


def is_local(host: str) -> bool:
    """Whether this name or address is reached from this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


# --- the address customers use --------------------------------------------------------------------------------


def _public_url(settings: Settings) -> Iterator[Finding]:
    url = settings.public_url
    if not url:
        if not is_local(settings.host):
            yield warn(
                (
                    f"The hub listens on {settings.host}, but does not know the address that customers use.",
                    f"服务监听在 {settings.host}，但不知道客户访问的网址。",
                ),
                (
                    "Set ONETHREAD_PUBLIC_URL=https://talk.example.com.",
                    "设置 ONETHREAD_PUBLIC_URL=https://talk.example.com。",
                ),
            )
    elif not _is_origin(url):
        yield fail(
            (f'The public URL "{url}" is not an address.', f"公开网址“{url}”不是有效的地址。"),
            (
                "Set ONETHREAD_PUBLIC_URL to scheme and host, without a path: https://talk.example.com.",
                "ONETHREAD_PUBLIC_URL 只写协议和主机名，不带路径，例如 https://talk.example.com。",
            ),
        )
    elif not url.startswith("https://") and not is_local(urlsplit(url).hostname or ""):
        yield fail(
            (
                f"The public URL {url} is not https: everybody on the way can read along, and browsers refuse sign-in "
                "cookies and microphones there.",
                f"公开网址 {url} 没有用 https：途中任何人都能看到对话，浏览器也不会允许登录 Cookie 和麦克风。",
            ),
            (
                "Put a proxy that speaks TLS (Caddy, nginx) before the hub, and set ONETHREAD_PUBLIC_URL=https://...",
                "在前面放一个支持 TLS 的反向代理（Caddy、nginx），再设置 ONETHREAD_PUBLIC_URL=https://……",
            ),
        )
    else:
        yield ok(f"Customers reach the hub at {url}.", f"客户访问的网址是 {url}。")


def _is_origin(url: str) -> bool:
    """Scheme, host and perhaps a port, as a browser writes them in `Origin`."""
    try:
        parts = urlsplit(url)
        name = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return False
    host = f"[{name}]" if ":" in name else name
    return parts.scheme in {"http", "https"} and bool(name) and url == f"{parts.scheme}://{host}{port}"


def _demo(settings: Settings) -> Iterator[Finding]:
    public = urlsplit(settings.public_url).hostname or ""
    if settings.demo and not (is_local(settings.host) and (not public or is_local(public))):
        yield fail(
            (
                "The demo is on, and others can reach this hub: anybody can sign in as one of its sample customers.",
                "演示模式已打开，而外部可以访问本服务：任何人都能以示例客户的身份登录。",
            ),
            (
                "Unset ONETHREAD_DEMO, or listen on 127.0.0.1 only.",
                "去掉 ONETHREAD_DEMO，或者只监听 127.0.0.1。",
            ),
        )


# --- one site -------------------------------------------------------------------------------------------------


def _names(name: str, site: Site) -> Iterator[Finding]:
    """One name by language, but not for all of its languages: some read another language's."""
    for language in site.languages if site.names else ():
        if not site.named_in(language):
            yield warn(
                (
                    f'Site "{name}" has no name in {language}: those customers read "{site.name_in(language)}".',
                    f"站点“{name}”没有 {language} 的名称，这些客户看到的是“{site.name_in(language)}”。",
                ),
                (
                    f'Add {language} = "..." to the name in [sites.{name}].',
                    f'在 [sites.{name}] 的 name 里加上 {language} = "……"。',
                ),
            )


def keys_of(name: str, site: Site) -> Iterator[Finding]:
    """What is wrong with them: `serve` does not start with such a key either."""
    for key in site.keys:
        if key.algorithm == "HS256":
            yield from _secret(name, key)
        elif not _is_public_pem(key):
            yield fail(
                (
                    f'Key "{key.kid}" of site "{name}" is not a public key in PEM form.',
                    f"站点“{name}”的密钥“{key.kid}”不是 PEM 格式的公钥。",
                ),
                (
                    'Give the public half, "-----BEGIN PUBLIC KEY-----"; the private one stays with your backend.',
                    "请填写公钥（-----BEGIN PUBLIC KEY-----）；私钥只留在你们自己的后端。",
                ),
            )


def _secret(name: str, key: SiteKey) -> Iterator[Finding]:
    length = len(key.secret.get_secret_value().encode())
    if length < LEAST_SECRET:
        yield fail(
            (
                f'Key "{key.kid}" of site "{name}" has {length} bytes: it can be guessed, and so anybody be signed in.',
                f"站点“{name}”的密钥“{key.kid}”只有 {length} 字节，容易被猜中，别人就能冒充任何客户。",
            ),
            (
                f"Use at least {LEAST_SECRET} random bytes: openssl rand -hex 32.",
                f"请用至少 {LEAST_SECRET} 字节的随机密钥：openssl rand -hex 32。",
            ),
        )


def _is_public_pem(key: SiteKey) -> bool:
    try:
        load_pem_public_key(key.secret.get_secret_value().encode())
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _origins(name: str, site: Site) -> Iterator[Finding]:
    if not site.origins:
        yield warn(
            (
                f'Site "{name}" lists no origins, so no page may show its widget.',
                f"站点“{name}”没有列出来源，任何网页都不能嵌入它。",
            ),
            (
                f'Add origins = ["https://www.example.com"] to [sites.{name}].',
                f'在 [sites.{name}] 里加上 origins = ["https://www.example.com"]。',
            ),
        )
    for origin in site.origins:
        if not _is_origin(origin):
            yield fail(
                (
                    f'Origin "{origin}" of site "{name}" can never match.',
                    f"站点“{name}”的来源“{origin}”永远不会匹配。",
                ),
                (
                    "Write it as browsers do, without a path or a slash at the end: https://www.example.com.",
                    "请按浏览器的写法，不带路径，末尾不加斜杠：https://www.example.com。",
                ),
            )
