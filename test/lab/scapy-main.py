"""Runs one script for scapy.ts: {"script", "input"} comes as JSON on standard
input, the script's `output` goes as JSON to standard output.  What the script
prints goes to standard error.
"""
import json
import logging
import os
import socket
import sys
import warnings

request = json.load(sys.stdin)
report = os.fdopen(os.dup(1), 'w')
os.dup2(2, 1)

warnings.filterwarnings('ignore')
logging.getLogger('scapy').setLevel(logging.ERROR)
from scapy.config import conf
from scapy.layers import inet, inet6, ipsec, l2
from scapy import packet, sendrecv

conf.verb = 0


def hold_raw_sockets():
    """While these are open the kernel does not answer ESP, AH and IPComp with
    "protocol unreachable"."""
    return [socket.socket(family, socket.SOCK_RAW, protocol)
            for family in (socket.AF_INET, socket.AF_INET6)
            for protocol in (50, 51, 108)]


names = {'conf': conf, 'hold_raw_sockets': hold_raw_sockets, 'output': None}
for module in (packet, l2, inet, inet6, ipsec, sendrecv):
    names.update((k, v) for k, v in vars(module).items() if not k.startswith('_'))
names['input'] = request['input']

exec(compile(request['script'], '<scapy script>', 'exec'), names)
json.dump(names['output'], report, default=lambda value: bytes(value).hex())
report.flush()
# Sniffers that a script left running do not keep the process.
os._exit(0)
