"""The settings that concern calls; settings.py has the others, and says where they come from."""

from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings


class CallSettings(BaseSettings):
    calls: Literal["direct", "relay", "off"] = Field(
        default="relay",
        description="How audio and video go: `direct` from browser to browser, `relay` through `media` processes, "
        "which hides the parties' addresses from each other and can record, `off` not at all.",
    )
    direct_records: bool = Field(
        default=False,
        description="With `calls` = `direct`: a call that everybody in it agrees to have recorded goes on through "
        "`media` processes. Off: nothing of such a call ever comes by here, and none is recorded.",
    )
    ring_s: float = Field(default=30.0, ge=5, le=300, description="How long a call rings, seconds.")
    call_wait_s: float = Field(
        default=120.0, ge=5, le=3_600, description="How long a customer's call waits for an agent to ring at, seconds."
    )
    guest_link_min: float = Field(
        default=15.0,
        ge=0.1,
        le=1_440,
        description="How long a guest's link into a call may stay unopened, minutes. It ends with the call.",
    )
    supervision_announced: Literal["everybody", "agents", "nobody"] = Field(
        default="everybody",
        description="Who in a call is told that a supervisor listens: `everybody`, the `agents`, or `nobody`. The "
        "thread tells staff in any case. In many countries all who speak must know.",
    )
    voice_calls: int = Field(
        default=4, ge=0, le=100, description="Calls that one `voice` process holds at once; 0 = the bot answers none."
    )
    asr_url: str = Field(default="", description="Speech recognition (`POST /audio/transcriptions`). Empty: built in.")
    asr_key: SecretStr = Field(default=SecretStr(""), description="Its key, sent as a bearer token.")
    asr_model: str = Field(default="whisper-1", min_length=1, max_length=80, description="Its model.")
    stun_urls: tuple[str, ...] = Field(default=(), description="STUN servers that browsers in a call may ask.")
    turn_urls: tuple[str, ...] = Field(
        default=(),
        description="TURN servers for networks that block UDP, `turn:turn.example.com:3478?transport=tcp`.",
    )
    turn_secret: SecretStr = Field(
        default=SecretStr(""), description="The secret shared with the TURN servers (coturn: `static-auth-secret`)."
    )
    calls_ice_policy: Literal["all", "relay"] = Field(
        default="all",
        description="`relay`: the browsers of a call go through the TURN servers only, as where nothing else is let "
        "out; `all`: by whatever way they find.",
    )
    janus_url: str = Field(
        default="",
        pattern=r"^(wss?://.+)?$",
        description="WebSocket API of a Janus, `ws://janus:8188`, in whose rooms calls of more than three parties "
        "meet. Empty: three are the most.",
    )
    janus_secret: SecretStr = Field(
        default=SecretStr(""), description="Its `api_secret`; without one anybody could listen in, so there has to be."
    )
    janus_create_key: SecretStr = Field(
        default=SecretStr(""), description="The `admin_key` of its VideoRoom plugin, if it asks for one to make rooms."
    )
    janus_parties: int = Field(default=6, ge=4, le=6, description="The most parties of one call with a Janus.")
    recordings_dir: Path | None = Field(
        default=None,
        description="Where recordings of calls are kept, sealed. Empty: in the data directory.",
    )
    recordings_days: float = Field(
        default=0.0, ge=0, description="Recordings of calls are deleted when they are so old, days. 0 = never."
    )
    recording_key: SecretStr = Field(
        default=SecretStr(""),
        description="The key that recordings are sealed with, 32 bytes as base64. Empty: one is made in the data "
        "directory; whoever loses it can't play them.",
    )
    media_hosts: tuple[str, ...] = Field(
        default=("0.0.0.0", "::"),  # noqa: S104 parties of calls come from anywhere
        min_length=1,
        description="IP addresses that `media` listens on for calls; `::` is left out where there is no IPv6.",
    )
    media_ports: str = Field(
        default="40000-40099",
        pattern=r"^[0-9]{1,5}(-[0-9]{1,5})?$",
        description="UDP ports for calls, one or FIRST-LAST: each `media` process of a machine takes the first that is "
        "free. 0 = any.",
    )
    media_addresses: tuple[str, ...] = Field(
        default=(),
        description="IP addresses at which parties reach `media`, best first, if they are not those it listens on: "
        "behind NAT the public one (which keeps the port).",
    )
    media_outlet: str = Field(
        default="",
        description="IP address at which Janus reaches this `media` process, to send what is recorded of a room. "
        "Empty: the first of media_addresses.",
    )
    media_calls: int = Field(
        default=50, ge=1, le=1000, description="Calls that one `media` process carries at once; a core is one process."
    )

    @model_validator(mode="after")
    def _whole_janus(self) -> "CallSettings":
        """Half of it would only be noticed in the middle of a call."""
        if self.janus_url and not self.janus_secret.get_secret_value():
            raise ValueError("janus_secret: janus_url needs it")
        if not self.janus_url and (self.janus_secret.get_secret_value() or self.janus_create_key.get_secret_value()):
            raise ValueError("janus_url: janus_secret and janus_create_key are for one, and none is named")
        if self.janus_url and self.calls == "off":
            raise ValueError('janus_url: with calls = "off" it has nothing to do')
        return self

    @field_validator("media_hosts", "media_addresses")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """Browsers look no names up in a call."""
        for address in addresses:
            ip_address(address)
        return addresses

    @field_validator("media_outlet")
    @classmethod
    def _address(cls, address: str) -> str:
        if address:
            ip_address(address)
        return address

    @field_validator("media_ports")
    @classmethod
    def _ports(cls, ports: str) -> str:
        first, _, last = ports.partition("-")
        if not int(first) <= int(last or first) <= 65_535:
            raise ValueError("ports are at most 65535, the first one first")
        return ports
