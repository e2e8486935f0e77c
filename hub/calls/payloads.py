"""RTP payload types of what a room forwards to be recorded: Janus is told them, and a dump says them."""

OPUS, VP8 = 111, 96
