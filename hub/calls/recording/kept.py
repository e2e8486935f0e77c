"""What is known of a film once it is made."""

from hub.model.frozen import frozen


@frozen
class Film:
    """`began` is the µs of its first frame on the media worker's clock, so that two parties' films run together."""

    seconds: float
    began: int
    pictures: int
    lost: int
    width: int
    height: int


@frozen
class Kept:
    """A film of the call `call`. `began` is in µs on the media worker's clock."""

    call: str
    recording: str
    party: str
    bytes: int
    film: Film
