"""Covers stream.py, party.py and film.py: recordings play, voice and picture fit, losses are survived."""

import random
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.calls.recording.dump import Kind, Record
from hub.calls.recording.film import make
from hub.calls.recording.kept import Film
from hub.calls.recording.party import newest_of
from tests.calls.recording.sender import FLASH_S, MS, PICTURE, VOICE, packets, padding, records, repaired, resent, said


def made(heard: list[Record], path: Path) -> Film | None:
    with path.open("wb") as file:
        return make(heard, file)


def seen(path: Path) -> tuple[list[float], list[float]]:
    """Seconds at which it is white, and at which it is loud: all of it is decoded."""
    white, loud = [], []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            if frame.to_ndarray(format="gray").mean() > 130:
                white.append(frame.time)
    with av.open(str(path)) as film:
        for frame in film.decode(audio=0):
            if np.abs(frame.to_ndarray()).max() > 0.1:
                loud.append(frame.time)
    return white, loud


def offset_s(path: Path) -> float:
    white, loud = seen(path)
    return loud[0] - white[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.webm"


def test_it_plays_as_it_was(path: Path) -> None:
    film = made(records(packets(3.0)), path)
    assert film
    assert (film.pictures, film.lost, film.width, film.height) == (75, 0, 320, 240)
    assert film.seconds == pytest.approx(3.0, abs=0.1)
    white, loud = seen(path)
    assert white[0] == pytest.approx(FLASH_S, abs=0.05)
    assert len(white) == pytest.approx(5, abs=1)
    assert abs(loud[0] - white[0]) <= 0.04


def test_h264_plays_as_it_was(path: Path) -> None:
    """Units alone, several in a packet (STAP-A: the parameters), and in pieces (FU-A)."""
    sent = packets(3.0, codec="H264")
    kinds = {packet.payload[0] & 31 for _, packet in sent if packet.ssrc == PICTURE}
    assert {24, 28} <= kinds
    film = made(records(sent), path)
    assert film
    assert (film.pictures, film.lost, film.width, film.height) == (75, 0, 320, 240)
    white, loud = seen(path)
    assert white[0] == pytest.approx(FLASH_S, abs=0.05)
    assert len(white) == pytest.approx(5, abs=1)
    assert abs(loud[0] - white[0]) <= 0.04


def test_three_of_a_hundred_lost_and_most_sent_again(path: Path) -> None:
    """As between browsers: what is lost is asked for, and comes a round trip later, or is lost once more."""
    draw, heard = random.Random(3), []
    for at, packet in packets(6.0):
        if draw.random() >= 0.03:
            heard.append((at, packet))
        elif packet.ssrc == PICTURE and draw.random() >= 0.03:
            heard.append((at + 80 * MS, resent(packet)))
    film = made(records(sorted(heard, key=lambda each: each[0])), path)
    assert film
    assert film.lost > 0, "of the voice nothing is sent again"
    assert film.pictures >= 120
    assert abs(offset_s(path)) <= 0.04


def test_a_film_has_one_codec(path: Path) -> None:
    """A party that changed it in the middle: the voice goes on."""
    first = packets(1.5)
    later = [(at, packet) for at, packet in packets(3.0, codec="H264") if at >= 1_500 * MS]
    last = next(packet.sequence_number for _, packet in reversed(first) if packet.ssrc == PICTURE)
    for place, (_, packet) in enumerate(each for each in later if each[1].ssrc == PICTURE):
        packet.sequence_number = (last + 1 + place) & 0xFFFF
    film = made(records([*first, *later]), path)
    assert film
    assert (film.pictures, film.lost) == (37, 0)
    assert film.seconds == pytest.approx(3.0, abs=0.1)


def test_a_voice_that_came_late_is_put_where_it_was_said(path: Path) -> None:
    """By the sender's reports."""
    sent = packets(3.0, late_voice_us=300 * MS)
    assert made(records(sent), path)
    assert abs(offset_s(path)) <= 0.04


def test_without_reports_it_is_as_it_came(path: Path) -> None:
    assert made(records(packets(3.0), reports=False), path)
    assert abs(offset_s(path)) <= 0.04


@pytest.mark.parametrize("voice", [True, False])
def test_without_reports_a_first_packet_that_was_long_on_its_way_moves_nothing(path: Path, voice: bool) -> None:
    """As what a room forwards: the way takes 0 to 60 ms, and of one of the two the beginning came 0.3 s late."""
    draw, late = random.Random(11), VOICE if voice else PICTURE
    sent = packets(3.0)
    came = [(max(at, 300 * MS if packet.ssrc == late else 0) + draw.randrange(60 * MS), packet) for at, packet in sent]
    assert made(records(sorted(came, key=lambda each: each[0]), reports=False), path)
    assert abs(offset_s(path)) <= 0.04


def test_a_leap_of_rtp_time_moves_nothing_that_was_before_it(path: Path) -> None:
    """Whoever sends may say anything: it is no reason to put all of it elsewhere, or before the beginning of time."""
    sent = packets(3.0)
    for at, packet in sent:
        if packet.ssrc == VOICE and at >= 2_000 * MS:
            packet.timestamp += 3_600 * 48_000
    film = made(records(sent, reports=False), path)
    assert film
    assert film.began == 0
    assert abs(offset_s(path)) <= 0.04


def test_packets_out_of_order_are_put_in_order(path: Path) -> None:
    sent, draw = packets(3.0), random.Random(7)
    mixed = sorted(((at + draw.randrange(80 * MS), packet) for at, packet in sent), key=lambda each: each[0])
    film = made(records(mixed), path)
    assert film
    assert (film.pictures, film.lost) == (75, 0)


def test_three_in_a_hundred_are_lost_and_it_plays_on(path: Path) -> None:
    draw = random.Random(3)
    kept = [each for each in packets(6.0) if draw.random() > 0.03]
    film = made(records(kept), path)
    assert film
    assert film.lost > 0
    assert film.seconds == pytest.approx(6.0, abs=1.1)
    assert film.pictures >= 40, "of 150: after a loss it waits for the next key frame, which comes once a second here"
    assert seen(path)[1][0] == pytest.approx(FLASH_S, abs=0.05)


def test_what_was_sent_again_fills_the_hole(path: Path) -> None:
    sent = packets(3.0)
    lost = [each for each in sent if each[1].ssrc == PICTURE][20:30:2]
    again = [(at + 120 * MS, resent(packet)) for at, packet in lost]
    film = made(records(sorted([*(each for each in sent if each not in lost), *again], key=lambda e: e[0])), path)
    assert film
    assert (film.pictures, film.lost) == (75, 0)


def test_pictures_that_come_wrapped_with_repairs_between_them(path: Path) -> None:
    sent = repaired(packets(3.0))
    lost = [each for each in sent if each[1].ssrc == PICTURE and each[1].payload[0] == 96][20:30:2]
    again = [(at + 120 * MS, resent(packet)) for at, packet in lost]
    film = made(records(sorted([*(each for each in sent if each not in lost), *again], key=lambda e: e[0])), path)
    assert film
    assert (film.pictures, film.lost, film.width) == (75, 0, 320)


@given(st.binary(max_size=40))
def test_any_wrapped_payload_is_opened_or_empty(payload: bytes) -> None:
    kind, content = newest_of(payload)
    assert 0 <= kind < 128
    assert payload.endswith(content)


def test_of_several_voices_in_one_packet_the_last_is_its_own() -> None:
    older, newer = b"older", b"newer!"
    head = bytes([0x80 | 111, 0, 0, len(older), 111])
    assert newest_of(head + older + newer) == (111, newer)


def test_a_call_without_a_picture_is_a_voice(path: Path) -> None:
    film = made(records([each for each in packets(2.0) if each[1].ssrc == VOICE]), path)
    assert film
    assert (film.pictures, film.width) == (0, 0)
    with av.open(str(path)) as played:
        assert [stream.type for stream in played.streams] == ["audio"]


@pytest.mark.parametrize(
    "heard",
    [
        [],
        [said()],
        [said(), Record(5, Kind.PACKET, b"\x80"), Record(6, Kind.REPORT, b"\x81"), Record(7, Kind.PACKET, padding(1))],
        [Record(0, Kind.SAID, b"no description"), Record(5, Kind.PACKET, bytes(200))],
    ],
)
def test_what_holds_nothing_makes_no_film(path: Path, heard: list[Record]) -> None:
    assert made(heard, path) is None
    assert path.read_bytes() == b""


def test_noise_between_the_packets_is_passed_over(path: Path) -> None:
    draw = random.Random(1)
    heard = records(packets(2.0))
    for _ in range(200):
        noise = Record(draw.randrange(2_000_000), Kind(draw.randrange(2)), draw.randbytes(draw.randrange(1, 300)))
        heard.append(noise)
    heard.append(Record(900_000, Kind.SAID, b"m=audio x y z"))
    film = made(sorted(heard, key=lambda each: each.at), path)
    assert film
    assert film.pictures == 50


def test_two_parties_films_can_be_laid_side_by_side(path: Path) -> None:
    later = [(at + 700 * MS, packet) for at, packet in packets(1.0)]
    film = made(records(later, reports=False), path)
    assert isinstance(film, Film)
    assert film.began == 700 * MS
