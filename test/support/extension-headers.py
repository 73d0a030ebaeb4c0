"""Two datagrams over IPv6 with extension headers before and behind AH or ESP: one there, one back.

argv: role ("ask" or "answer"), address and port of the answering end. Prints in JSON what extension
headers the datagram came with that this end received.
"""
import json
import socket
import sys
import time

PATIENCE = 20
# PadN of six octets: next header and length are the kernel's.
PADDING = bytes((0, 0, 1, 4, 0, 0, 0, 0))
NAMES = {socket.IPV6_HOPOPTS: 'hop-by-hop', socket.IPV6_DSTOPTS: 'destination'}

role, address, port = sys.argv[1:]
there = (address, int(port))
datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
for option in (socket.IPV6_RECVHOPOPTS, socket.IPV6_RECVDSTOPTS):
    datagrams.setsockopt(socket.IPPROTO_IPV6, option, 1)
for option in (socket.IPV6_HOPOPTS, socket.IPV6_DSTOPTS):
    datagrams.setsockopt(socket.IPPROTO_IPV6, option, PADDING)


def received():
    _, ancillary, _, peer = datagrams.recvmsg(100, 1000)
    told = sorted(NAMES[kind] for _, kind, octets in ancillary if octets[2:] == PADDING[2:])
    return told, peer


if role == 'ask':
    datagrams.settimeout(0.3)
    end = time.monotonic() + PATIENCE
    while True:
        # The other end may not be ready yet.
        datagrams.sendto(b'ask', there)
        try:
            told, _ = received()
            break
        except OSError:
            if time.monotonic() > end:
                raise
else:
    datagrams.settimeout(PATIENCE)
    datagrams.bind(there)
    told, peer = received()
    datagrams.sendto(b'answer', peer)
json.dump(told, sys.stdout)
