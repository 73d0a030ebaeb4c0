"""One end of the exchange that traffic.ts speaks of.

argv[1] is JSON: role ("ask" or "answer"), address (of the answering end), port,
sourcePort (of the asking end, 0 for any), marker (hexadecimal), tcpLength,
udpLengths.  The asking end sends first, the answering end sends as much back:
one TCP stream, then datagrams.  Prints the SHA-256 of what was sent and received as JSON.
"""
import hashlib
import json
import os
import socket
import sys
import time

PATIENCE = 20

work = json.loads(sys.argv[1])
asking = work['role'] == 'ask'
here = ('', work['sourcePort']) if asking else (work['address'], work['port'])
there = (work['address'], work['port'])
family = socket.AF_INET6 if ':' in work['address'] else socket.AF_INET
marker = bytes.fromhex(work['marker'])


def payload(length):
    """Random octets with the marker at the beginning of every 64."""
    blocks = (marker + os.urandom(64 - len(marker)) for _ in range(length // 64 + 1))
    return b''.join(blocks)[:length]


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


def opened(kind):
    result = socket.socket(family, kind)
    result.settimeout(PATIENCE)
    # Of datagrams it would let two programs have the same port.
    if kind == socket.SOCK_STREAM:
        result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    result.bind(here)
    return result


def connected():
    """The other end may not be ready yet."""
    end = time.monotonic() + PATIENCE
    while True:
        stream = opened(socket.SOCK_STREAM)
        try:
            stream.connect(there)
            return stream
        except ConnectionRefusedError:
            stream.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def read(stream, length):
    octets = bytearray()
    while len(octets) < length:
        piece = stream.recv(length - len(octets))
        if not piece:
            raise EOFError(f'{len(octets)} of {length} octets came')
        octets += piece
    return bytes(octets)


def over_tcp(stream):
    length = work['tcpLength']
    sent = payload(length)
    if asking:
        stream.sendall(sent)
    received = read(stream, length)
    if not asking:
        stream.sendall(sent)
        stream.shutdown(socket.SHUT_WR)
    stream.recv(1)
    stream.close()
    return {'sent': digest(sent), 'received': digest(received)}


def over_udp(datagrams, length):
    sent = payload(length)
    if asking:
        datagrams.sendto(sent, there)
    received, peer = datagrams.recvfrom(65535)
    if not asking:
        datagrams.sendto(sent, peer)
    return {'sent': digest(sent), 'received': digest(received)}


result = {'udp': []}
# Before TCP listens: then datagrams find their socket.
datagrams = opened(socket.SOCK_DGRAM)
if asking:
    result['tcp'] = over_tcp(connected())
else:
    listener = opened(socket.SOCK_STREAM)
    listener.listen()
    result['tcp'] = over_tcp(listener.accept()[0])
for length in work['udpLengths']:
    result['udp'].append(over_udp(datagrams, length))
json.dump(result, sys.stdout)
