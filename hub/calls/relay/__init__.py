"""The anchored relay: one UDP port for all parties of all calls, each packet passed on under the receiver's keys.

Codecs, SSRCs, retransmissions and congestion feedback are the two parties' own affair; nothing is decoded or rewritten.
"""
