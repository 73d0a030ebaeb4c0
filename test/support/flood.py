"""Junk for a host that receives ESP and AH, put on the wire next to our own stack and guard.

argv[1] is JSON: device, mac (of the receiver), source, destination (IPv4), spi and
spiInUdp (of SAs that the receiver has), kinds (names of KINDS below), each
(how many of every kind; without end when 0), burst (packets between two pauses of
a millisecond; no pauses when 0).  Prints "flooding" before the first packet, and
"sent N" at the end, which SIGTERM brings about.
"""
import json
import os
import signal
import socket
import struct
import sys
import time

work = json.loads(sys.argv[1])
source = socket.inet_aton(work['source'])
destination = socket.inet_aton(work['destination'])
# A multiple of 16 octets behind the SPI and sequence number: any cipher takes that.
LENGTHS = (64, 256, 1280)
POOL = 64


def checksum(octets):
    total = sum(struct.unpack('!%dH' % (len(octets) // 2), octets))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def ip(protocol, payload, identification=0, flags_and_offset=0):
    def header(total):
        return struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), identification,
                           flags_and_offset, 64, protocol, total, source, destination)
    return header(checksum(header(0))) + payload


def udp(payload):
    return ip(17, struct.pack('!HHHH', 4500, 4500, 8 + len(payload), 0) + payload)


def esp(spi, k):
    """Far ahead of what was received, so that the ICV has to be looked at."""
    return struct.pack('!II', spi, 0x80000000 + k) + os.urandom(LENGTHS[k % len(LENGTHS)])


def unknown(k):
    return 0x70000000 + k


MORE_FRAGMENTS = 0x2000
KINDS = {
    'known SPI': lambda k: ip(50, esp(work['spi'], k)),
    'unknown SPI': lambda k: ip(50, esp(unknown(k), k)),
    'unknown SPI of AH': lambda k: ip(51, b'\x04\x04\0\0' + esp(unknown(k), k)),
    'known SPI in UDP': lambda k: udp(esp(work['spiInUdp'], k)),
    'unknown SPI in UDP': lambda k: udp(esp(unknown(k), k)),
    'IKE': lambda k: udp(bytes(4) + os.urandom(28 + LENGTHS[k % len(LENGTHS)])),
    'keepalive': lambda k: udp(b'\xff'),
    'fragment': lambda k: ip(50, os.urandom(1280), k & 0xffff, MORE_FRAGMENTS | (k % 7)),
}

kinds = work['kinds']
each = work.get('each', 0)
burst = work.get('burst', 0)
pools = [[KINDS[kind](k) for k in range(POOL)] for kind in kinds]
packets = [pool[k] for k in range(POOL) for pool in pools]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
wire.bind((work['device'], 0))
there = (work['device'], 0x0800, 0, 0, bytes.fromhex(work['mac'].replace(':', '')))
sent = 0


def end(*_):
    print(f'sent {sent}', flush=True)
    os._exit(0)


signal.signal(signal.SIGTERM, end)
print('flooding', flush=True)
while each == 0 or sent < each * len(kinds):
    try:
        wire.sendto(packets[sent % len(packets)], there)
    except OSError:
        # The device's queue is full: this is line rate.
        continue
    sent += 1
    if burst and sent % burst == 0:
        time.sleep(0.001)
end()
