"""Covers deploy/: what can be said of these files without a machine of their kind.

Helm's templates are read by tests/charts.py, not by helm; the image is not built here; units are judged by
`systemd-analyze` where there is one. nginx, Caddy and Prometheus judge theirs in tests/servers/test_deploy.py.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.settings import PREFIX, Settings
from tests.charts import Chart
from tests.test_docs import anchors, commands

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
CHART = DEPLOY / "helm/onethread"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def test_only_known_settings_and_commands_are_named() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {f"{PREFIX}CONFIG", f"{PREFIX}TOML"}
    for path in FILES:
        named = {name.removesuffix("_FILE") for name in re.findall(rf"{PREFIX}[A-Z_0-9]+", path.read_text())}
        assert named - known == set(), path
        assert set(re.findall(r"bin/onethread (\w+)", path.read_text())) <= commands(), path


# --- alerts and dashboard ---------------------------------------------------------------------------------

RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_every_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "warn")
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor == rule["alert"].lower()
    assert anchor in anchors(ROOT / page)


def test_no_alert_is_only_in_the_docs() -> None:
    page = (DEPLOY.parent / "docs/operations.md").read_text()
    assert set(re.findall(r"^### (OneThread\w+)$", page, re.MULTILINE)) == {rule["alert"] for rule in RULES}


def test_the_dashboard_is_one() -> None:
    board = json.loads((DEPLOY / "grafana/onethread.json").read_text())
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) > 15
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]}
    assert len(places) == len(board["panels"]), "none lies on another"
    assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])


# --- systemd ----------------------------------------------------------------------------------------------


def unit(path: Path) -> dict[str, list[str]]:
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
    found: dict[str, list[str]] = {}
    for name, _, value in lines:
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_are_hardened_and_come_back(path: Path) -> None:
    held = unit(path)
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictNamespaces"):
        assert held[name] == ["yes"], name
    assert (held["ProtectSystem"], held["User"], held["CapabilityBoundingSet"]) == (["strict"], ["onethread"], [""])
    assert held["Restart"] == ["always"], "a process ends by itself when the store was restored"
    assert float(held["TimeoutStopSec"][0]) > Settings.model_fields["drain_s"].default + 10
    assert int(held["LimitNOFILE"][0]) > Settings.model_fields["max_sockets"].default


def test_there_is_a_unit_for_each_way_to_run() -> None:
    assert {u["ExecStart"][0].rpartition(" ")[2] for u in map(unit, UNITS)} == {"up", "serve", "work", "media", "voice"}
    serve = (DEPLOY / "systemd/onethread-serve@.service").read_text()
    assert "ONETHREAD_PORT=%i" in serve
    assert "ONETHREAD_REDIS_URL=" not in serve, "a password in a unit is read by everybody"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_itself_finds_nothing_wrong(path: Path, tmp_path: Path) -> None:
    """But that the hub is not installed here, which a stand-in mends."""
    (tmp_path / "onethread").write_text("#!/bin/sh\n")
    (tmp_path / "onethread").chmod(0o755)
    copy = tmp_path / path.name.replace("@", "@8080")
    copy.write_text(path.read_text().replace("/opt/onethread/bin/onethread", str(tmp_path / "onethread")))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False
    )
    ours = [line for line in verified.stderr.splitlines() if "onethread" in line]
    assert ours == []
    security = ["systemd-analyze", "security", "--offline=true", "--threshold=20", copy]
    judged = subprocess.run(security, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout[-300:]


# --- the image --------------------------------------------------------------------------------------------

DOCKERFILE = (DEPLOY / "docker/Dockerfile").read_text()
STEPS = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)).splitlines()


def steps(word: str) -> list[str]:
    return [line.partition(" ")[2].strip() for line in STEPS if line.startswith(word + " ")]


def test_the_image_is_small_and_no_root() -> None:
    assert len(steps("FROM")) == 2, "built in one, run in another"
    assert all(":" in image and "latest" not in image for image in steps("FROM"))
    last = "\n".join(STEPS).rpartition("\nFROM ")[2]
    assert "pip install" not in last
    user, _, group = steps("USER")[-1].partition(":")
    assert user.isdigit() and group.isdigit() and int(user) > 0, "Kubernetes can't tell that a name is not root"
    assert not re.search(r"\bADD\b|curl .*\|", DOCKERFILE)
    assert "PASSWORD" not in DOCKERFILE.upper().replace("# ", "")


def test_the_image_is_told_whether_it_is_well() -> None:
    assert "/readyz" in DOCKERFILE
    assert steps("ENTRYPOINT") == ['["onethread"]']
    assert steps("STOPSIGNAL") == ["SIGTERM"]
    port = re.search(r"ONETHREAD_ADMIN_PORT=(\d+)", DOCKERFILE)
    assert port and port.group(1) in steps("EXPOSE")[0].split()


def test_all_that_is_copied_exists_and_is_let_through() -> None:
    allowed = (DEPLOY / "docker/Dockerfile.dockerignore").read_text().split()
    for line in steps("COPY"):
        if not line.startswith("--from"):
            for source in line.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert f"!{source}" in allowed, source


def test_compose_has_a_store_that_keeps_its_word() -> None:
    made = yaml.safe_load((DEPLOY / "docker/compose.yaml").read_text())
    store, hubs = made["services"]["valkey"], [made["services"][name] for name in ("serve", "work", "media", "voice")]
    said = " ".join(store["command"])
    assert "--appendonly yes" in said and "--appendfsync always" in said and "noeviction" in said
    assert store["volumes"] == ["store:/data"]
    for one in hubs:
        assert one["depends_on"]["valkey"]["condition"] == "service_healthy"
        assert one["read_only"] and one["cap_drop"] == ["ALL"]
        assert one["restart"] == "always"
    assert all(port.startswith("127.0.0.1:") for port in hubs[0]["ports"]), "TLS goes before it"
    udp = hubs[2]["environment"]["ONETHREAD_MEDIA_PORTS"]
    assert hubs[2]["ports"] == [f"{udp}:{udp}/udp"], "what is announced is what is open"
    assert (DEPLOY / "docker/onethread.toml").exists()


# --- Helm -------------------------------------------------------------------------------------------------

VARIANTS: list[dict[str, Any]] = [
    {},
    {"serve__autoscaling__enabled": False},
    {"secrets__existing": "ours", "data__existingClaim": "crm"},
    {"ingress__enabled": False, "podMonitor__enabled": True},
    {"media__enabled": False, "voice__enabled": False, "calls": "direct"},
    {"calls": "off"},
    {"calls": False},
]


def made(**more: Any) -> dict[str, dict[str, Any]]:
    return {f"{d['kind']}/{d['metadata']['name']}": d for d in Chart.read(CHART, **more).documents()}


@pytest.mark.parametrize("more", VARIANTS, ids=str)
def test_the_chart_becomes_yaml(more: dict[str, Any]) -> None:
    found = made(**more)
    assert {"Deployment/talk-serve", "Deployment/talk-work", "Service/talk", "PodDisruptionBudget/talk-serve"} <= set(
        found
    )
    assert ("HorizontalPodAutoscaler/talk-serve" in found) == ("serve__autoscaling__enabled" not in more)
    assert ("replicas" in found["Deployment/talk-serve"]["spec"]) == ("serve__autoscaling__enabled" in more)
    assert ("Secret/talk" in found) == ("secrets__existing" not in more)
    assert ("Ingress/talk" in found) == ("ingress__enabled" not in more)
    assert ("PodMonitor/talk" in found) == ("podMonitor__enabled" in more)
    calls = more.get("calls") not in ("off", False)
    assert ("Deployment/talk-media" in found) == (calls and "media__enabled" not in more)
    assert ("Deployment/talk-voice" in found) == (calls and "voice__enabled" not in more)


@pytest.mark.parametrize(("written", "said"), [("relay", "relay"), ("off", "off"), (False, "off")])
def test_nobody_can_call_where_calls_are_off_however_yaml_takes_that_word(written: str | bool, said: str) -> None:
    one = container(made(calls=written)["Deployment/talk-serve"])
    assert {"name": "ONETHREAD_CALLS", "value": said} in one["env"]


def container(deployment: dict[str, Any]) -> dict[str, Any]:
    [one] = deployment["spec"]["template"]["spec"]["containers"]
    return dict(one)


def test_pods_drain_before_they_end() -> None:
    spec = made()["Deployment/talk-serve"]["spec"]
    pod = spec["template"]["spec"]
    one = container(made()["Deployment/talk-serve"])
    assert one["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "5"]
    drain = next(int(e["value"]) for e in one["env"] if e["name"] == "ONETHREAD_DRAIN_S")
    assert pod["terminationGracePeriodSeconds"] > 5 + drain + 10
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize("name", ["serve", "work", "media", "voice"])
def test_pods_are_asked_the_right_things_and_may_do_little(name: str) -> None:
    deployment = made()[f"Deployment/talk-{name}"]
    one, pod = container(deployment), deployment["spec"]["template"]["spec"]
    assert one["args"] == [name]
    assert one["livenessProbe"]["httpGet"]["path"] == "/livez", "a store that is away is no reason to restart"
    assert one["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert {port["name"] for port in one["ports"]} >= {"admin"}
    assert pod["enableServiceLinks"] is False, "ONETHREAD_PORT=tcp://... of a Service called onethread is no port"
    assert pod["securityContext"]["runAsNonRoot"] and one["securityContext"]["readOnlyRootFilesystem"]
    assert one["resources"]["limits"]["memory"]
    labels = deployment["spec"]["selector"]["matchLabels"]
    assert labels.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    assert [e for e in one["env"] if "redis://" in str(e)] == [], "the address may hold a password: it comes as a file"


def test_parties_are_told_an_address_and_a_port_that_are_open() -> None:
    deployment = made()["Deployment/talk-media"]
    one, pod = container(deployment), deployment["spec"]["template"]["spec"]
    told = {e["name"]: e["value"] for e in one["env"] if "value" in e}
    assert pod["hostNetwork"] is True
    assert [str(p["containerPort"]) for p in one["ports"] if p.get("protocol") == "UDP"] == [
        told["ONETHREAD_MEDIA_PORTS"]
    ]
    assert told["ONETHREAD_MEDIA_ADDRESSES"] == '["$(NODE_ADDRESS)"]'
    assert [e["valueFrom"] for e in one["env"] if e["name"] == "NODE_ADDRESS"] == [
        {"fieldRef": {"fieldPath": "status.hostIP"}}
    ]
    public = container(made(media__addresses='["203.0.113.5"]')["Deployment/talk-media"])["env"]
    assert {"name": "ONETHREAD_MEDIA_ADDRESSES", "value": '["203.0.113.5"]'} in public


def test_customers_reach_serving_pods_only_and_not_their_admin_port() -> None:
    found = made()
    [port] = found["Service/talk"]["spec"]["ports"]
    assert port["targetPort"] == "http"
    assert found["Service/talk"]["spec"]["selector"]["app.kubernetes.io/component"] == "serve"
    timeouts = [int(v) for k, v in found["Ingress/talk"]["metadata"]["annotations"].items() if "timeout" in k]
    assert timeouts and min(timeouts) > 88, "longer than the hub itself waits for a heartbeat"


def test_the_reader_of_charts_finds_what_is_wrong(tmp_path: Path) -> None:
    """Or the tests above would show nothing."""
    shutil.copytree(CHART, tmp_path / "chart")
    work = tmp_path / "chart/templates/work.yaml"
    for planted, why in [
        ("{{- if .Values.work }}\n", "end is missing"),
        ("{{- end }}\n", "without a beginning"),
        ("x: {{ .Values.work.nothing }}\n", "has no"),
        ("x: {{ .Values.work.replicas | upper }}\n", "no such pipe"),
        ("  bad: [\n", "expected"),
    ]:
        work.write_text((CHART / "templates/work.yaml").read_text() + planted)
        with pytest.raises((AssertionError, ValueError, yaml.YAMLError), match=why):
            Chart.read(tmp_path / "chart").documents()


# --- proxies ----------------------------------------------------------------------------------------------


def test_proxies_pass_on_what_the_hub_needs() -> None:
    nginx = (DEPLOY / "proxy/nginx.conf").read_text()
    for location in re.findall(r"location (\S+|= \S+) \{([^}]*proxy_pass[^}]*)\}", nginx):
        # Inherited only by a location that has none of its own: each must say all.
        for line in ("Host $host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"):
            assert f"proxy_set_header {line};" in " ".join(location[1].split()), location[0]
    assert "Upgrade $http_upgrade;" in " ".join(nginx.split())
    assert [int(s) for s in re.findall(r"location = /ws .*?proxy_read_timeout (\d+)s", nginx, re.DOTALL)] == [120]
    caddy = (DEPLOY / "proxy/Caddyfile").read_text()
    assert "health_uri /readyz" in caddy
    assert "trusted_proxies" not in re.sub(r"#.*", "", caddy)
