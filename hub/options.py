"""What the settings mean to the parts that must not know them."""

from hub.calls.recording.key import the_key
from hub.calls.recording.library import Library
from hub.model.dues import Policy
from hub.settings import Settings
from hub.store.store import StoreOptions


def policy(settings: Settings) -> Policy:
    return Policy(
        int(settings.bot_s * 1000),
        int(settings.reservation_s * 1000),
        int(settings.queue_notice_s * 1000),
        int(settings.greet_again_s * 1000),
        int(settings.bot_idle_min * 60_000),
        int(settings.agent_idle_h * 3_600_000),
        int(settings.archive_days * 86_400_000) if settings.archive else 0,
        int(settings.ring_s * 1000),
        int(settings.call_wait_s * 1000),
        guest_link_ms=int(settings.guest_link_min * 60_000),
        supervision_announced=settings.supervision_announced,
        calls_direct=settings.calls == "direct",
        call_parties=settings.janus_parties if settings.janus_url else 3,
    )


def store_options(settings: Settings) -> StoreOptions:
    return StoreOptions(
        url=settings.redis_url,
        data_dir=settings.data_dir,
        prefix=settings.key_prefix,
        shards=settings.shards,
        durability=settings.durability,
        replicas=settings.replicas,
        durable_timeout_s=settings.durable_timeout_s,
        login_s=int(settings.login_hours * 3600),
        archive_url=settings.archive,
    )


def records(settings: Settings) -> bool:
    """May calls be recorded, by `media` processes?"""
    return settings.calls == "relay" or (settings.calls == "direct" and settings.direct_records)


def recordings(settings: Settings) -> Library:
    """Raises StoreUnavailable: the key is none, or can't be kept."""
    folder = settings.recordings_dir or settings.data_dir / "recordings"
    return Library(folder, the_key(settings.recording_key.get_secret_value(), settings.data_dir / "recordings.key"))
