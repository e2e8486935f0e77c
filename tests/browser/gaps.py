"""How long nothing new was heard and seen: the pages' own counts of what they received, looked at every 50 ms."""

from collections.abc import Iterable
from statistics import median

from playwright.async_api import Frame, Page

from tests.browser.calls import comes

PHONE = (
    "(document.querySelector('ot-conversation')?.calls.phone ?? document.querySelector('ot-call').app.calls.current)"
)
# Of every line of every connection that is not closed; what is counted anew with a new connection is new, too. A page
# that could not look for longer than it meant to was not silent all the time: what came meanwhile took its time, too.
WATCH = f"""() => {{
    const known = new Map(), last = {{}}, takes = {{ audio: 20, video: 1_000 / 30 }};
    const turn = (window.turn = (window.turn ?? 0) + 1);
    window.gaps = {{ audio: 0, video: 0 }};
    window.news = {{ audio: 0, video: 0 }};
    const counted = (it) => (it.kind === "video" ? it.framesDecoded : it.packetsReceived);
    const look = async () => {{
        if (turn !== window.turn) return;
        for (const it of {PHONE}.call?.peers.values() ?? []) {{
            const rtc = it.rtc ?? it.hall.into;
            known.set(rtc, known.get(rtc) ?? new Map());
        }}
        const all = [...known.keys()].filter((it) => it.signalingState !== "closed");
        const stats = await Promise.all(all.map(async (rtc) => [rtc, [...(await rtc.getStats()).values()]]));
        const now = performance.now(), came = {{ audio: 0, video: 0 }};
        for (const [rtc, lines] of stats) for (const it of lines.filter((it) => it.type === "inbound-rtp")) {{
            came[it.kind] += counted(it) - (known.get(rtc).get(it.id) ?? 0);
            known.get(rtc).set(it.id, counted(it));
        }}
        for (const kind of ["audio", "video"]) if (came[kind] > 0) {{
            const gap = now - (last[kind] ?? now) - (came[kind] - 1) * takes[kind];
            if (kind in last) window.gaps[kind] = Math.max(window.gaps[kind], gap);
            last[kind] = now;
            window.news[kind]++;
        }}
        setTimeout(look, Math.max(0, 50 - (performance.now() - now)));
    }};
    void look();
}}"""
BEGUN = "() => window.news.audio > 10 && window.news.video > 10"


async def watched(sides: Iterable[Page | Frame]) -> None:
    """From now on; what goes on is seen to before this returns."""
    for side in sides:
        await side.evaluate(WATCH)
    for side in sides:
        await comes(side, BEGUN)
        await side.evaluate("() => { window.gaps = { audio: 0, video: 0 }; }")


async def longest(sides: Iterable[Page | Frame]) -> dict[str, float]:
    """The longest time (s) without news of sound and of pictures, at whichever side it was longer. Until more came."""
    found = {"audio": 0.0, "video": 0.0}
    for side in sides:
        await side.evaluate("() => { window.news = { audio: 0, video: 0 }; }")
        await comes(side, BEGUN)
        for kind, ms in (await side.evaluate("() => window.gaps")).items():
            found[kind] = max(found[kind], ms / 1000)
    return found


def told(what: str, gaps: list[dict[str, float]], goal_s: float) -> None:
    """Prints all of them. The median is to be less than `goal_s`."""
    print(what, [{kind: round(gap, 2) for kind, gap in each.items()} for each in gaps])
    for kind in ("audio", "video"):
        assert median(gap[kind] for gap in gaps) < goal_s
