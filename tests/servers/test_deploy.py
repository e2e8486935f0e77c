"""Covers deploy/ with the programs that it is for: nginx, Caddy and Prometheus from Debian."""

import datetime
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.settings import Settings
from tests.ports import free_port
from tests.running import Hub, running_hub

pytestmark = pytest.mark.servers
DEPLOY = Path(__file__).parents[2] / "deploy"


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=60)


def test_prometheus_takes_the_rules_and_the_scrape_config() -> None:
    for what, path in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        said = run("promtool", "check", what, DEPLOY / "prometheus" / path)
        assert said.returncode == 0, said.stderr + said.stdout


def test_caddy_takes_its_file() -> None:
    said = run("caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "proxy/Caddyfile")
    assert said.returncode == 0, said.stderr


def certificate(home: Path) -> tuple[Path, Path]:
    """Of talk.example.com and 127.0.0.1, for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "talk.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    cert, secret = home / "cert.pem", home / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, secret


def nginx_conf(home: Path, http: int, https: int, hubs: tuple[int, int]) -> Path:
    """Our example with this test's ports and certificate, inside the frame that Debian's nginx.conf is."""
    cert, key = certificate(home)
    ours = (DEPLOY / "proxy/nginx.conf").read_text()
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{http};"),
        ("    listen [::]:80;\n", ""),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{https} ssl http2;"),
        ("    listen [::]:443 ssl http2;\n", ""),
        ("/etc/letsencrypt/live/talk.example.com/fullchain.pem", str(cert)),
        ("/etc/letsencrypt/live/talk.example.com/privkey.pem", str(key)),
        ("127.0.0.1:8080", f"127.0.0.1:{hubs[0]}"),
        ("127.0.0.1:8081", f"127.0.0.1:{hubs[1]}"),
    ):
        assert old in ours, old
        ours = ours.replace(old, new)
    paths = "".join(
        f"{kind}_temp_path {home}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    ours = f"daemon off; pid {home}/pid; error_log {home}/error.log;\nevents {{}}\nhttp {{\n{paths}{ours}}}\n"
    path = home / "nginx.conf"
    path.write_text(ours)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert shutil.which("nginx"), "make test-servers installs it"
    return tmp_path


def test_nginx_takes_its_file(home: Path) -> None:
    said = run("nginx", "-t", "-c", nginx_conf(home, free_port(), free_port(), (1, 2)))
    assert said.returncode == 0, said.stderr


@asynccontextmanager
async def nginx(conf: Path, port: int) -> AsyncIterator[None]:
    process = subprocess.Popen(["nginx", "-c", conf])
    try:
        async with httpx.AsyncClient(verify=False) as http:
            for _ in range(500):
                try:
                    await http.get(f"https://127.0.0.1:{port}/")
                    break
                except httpx.TransportError:
                    assert process.poll() is None
        yield
    finally:
        process.terminate()
        process.wait(10)


async def test_a_customer_comes_in_through_nginx(settings: Settings, home: Path) -> None:
    """One of its two upstreams is away. The hub sees the customer's address and nothing that they claim it to be."""
    port, https = free_port(), free_port()
    url = f"https://127.0.0.1:{https}"
    served = settings.model_copy(
        update={"port": port, "public_url": url, "trusted_proxies": "127.0.0.1", "tickets_per_min": 5}
    )
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    async with (
        running_hub(served, worker=False) as hub,
        nginx(nginx_conf(home, free_port(), https, (port, 1)), https),
        httpx.AsyncClient(base_url=url, verify=False, headers={"Origin": url}) as http,
    ):
        outside = Hub(url, served, hub.store, hub.serving, hub.crm, http)
        issued = await outside.ticket(kind="visitor", site="demo")
        socket = await websockets.connect(
            url.replace("https", "wss") + "/ws",
            subprotocols=[websockets.Subprotocol("onethread.v1")],
            origin=websockets.Origin(url),
            ssl=trust,
            compression=None,
        )
        await socket.send(f'{{"t":"hello","ticket":"{issued["ticket"]}","device":"d","locale":"en"}}')
        assert '"welcome"' in str(await socket.recv())
        await socket.close()
        answers = [
            await http.post(
                "/api/v1/tickets",
                json={"kind": "visitor", "site": "demo"},
                headers={"X-Forwarded-For": f"198.51.100.{n}"},
            )
            for n in range(8)
        ]
        assert answers[-1].status_code == 429, "another address in each request, and still one customer"
        assert (await http.get("/readyz")).status_code == 404
        assert (await http.get("/")).headers["strict-transport-security"]
