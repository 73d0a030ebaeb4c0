import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/packets.ts';
import { layer, policy, protect, tunnel } from '../../test/support/sas.ts';
import type { Policy } from '../ipsec/policy.ts';
import { everywhere } from '../net/prefix.ts';
import { iptablesText } from './iptables.ts';
import { parseRequirements } from './requirement.ts';
import { type FirewallRule, rulesForPolicies, rulesForRequirements } from './rule.ts';
import { installScript, installText, type Protection } from './table.ts';

const PROTECTION: Protection = { kernel: true, device: 'ipseal0', udpPorts: [500, 4500] };

function required(...words: string[]): FirewallRule[] {
  return rulesForRequirements(parseRequirements(words, new Map()));
}

/** What stands behind the exemptions, `chain: rule`. */
function rulesOf(rules: readonly FirewallRule[]): string[] {
  const found: string[] = [];
  let chain = '';
  for (const line of installText(rules, PROTECTION).split('\n')) {
    chain = /^\tchain (\w+)/.exec(line)?.[1] ?? chain;
    if (!/^\t\t(?:ip6? [sd]addr|meta nfproto)/.test(line)) continue;
    found.push(`${chain}: ${line.trim().replace(' comment "only through IPsec"', '')}`);
  }
  return found;
}

function ofPolicies(...policies: readonly Policy[]): string[] {
  return rulesOf(rulesForPolicies(policies).rules);
}

describe('installText()', () => {
  test('lets through what was protected and what carries it, then drops what is named', () => {
    expect(installText(required('tcp/5901', 'from', '10.9.0.7/24'), PROTECTION)).toBe(
      [
        'table inet ipseal_firewall',
        'delete table inet ipseal_firewall',
        'table inet ipseal_firewall {',
        '\tchain input {',
        '\t\ttype filter hook input priority 0; policy accept;',
        '\t\tiifname { "lo", "ipseal0" } accept',
        '\t\tmeta ipsec exists accept',
        '\t\tmeta l4proto { esp, ah, ipcomp } accept',
        '\t\tip6 nexthdr ah accept',
        '\t\tfrag nexthdr ah accept',
        '\t\tudp dport { 500, 4500 } accept',
        '\t\ticmpv6 type 133-137 ip6 hoplimit 255 accept',
        '\t\tip saddr 10.9.0.0/24 tcp dport 5901 counter drop comment "only through IPsec"',
        '\t}',
        '}',
        '',
      ].join('\n'),
    );
  });

  test('asks for no security path where the kernel has none, and trusts no device it is not told of', () => {
    const rules = required('tcp/22');
    const userspace = installText(rules, { ...PROTECTION, kernel: false });
    expect(userspace).not.toContain('meta ipsec');
    const kernel = installText(rules, { ...PROTECTION, device: null });
    expect(kernel).toContain('\t\tiifname "lo" accept\n');
    expect(kernel).not.toContain('ipseal0');
  });

  test('drops for everybody by both IP versions, and messages by their own', () => {
    expect(rulesOf(required('tcp/22', 'icmp', 'ipv6-icmp', 'gre'))).toEqual([
      'input: meta nfproto ipv4 tcp dport 22 counter drop',
      'input: meta nfproto ipv6 tcp dport 22 counter drop',
      'input: meta nfproto ipv4 meta l4proto icmp counter drop',
      'input: meta nfproto ipv6 meta l4proto 58 counter drop',
      'input: meta nfproto ipv4 meta l4proto 47 counter drop',
      'input: meta nfproto ipv6 meta l4proto 47 counter drop',
    ]);
  });

  test('replaces the table in one transaction, as JSON too', () => {
    const { nftables } = installScript(required('tcp/22'), PROTECTION);
    const table = { family: 'inet', name: 'ipseal_firewall' };
    expect(nftables.slice(0, 3)).toEqual([
      { add: { table } },
      { delete: { table } },
      { add: { table } },
    ]);
    expect(JSON.stringify(nftables)).not.toContain('"policy":"drop"');
  });
});

describe('rulesForPolicies()', () => {
  const esp = protect(layer('esp'));
  const ssh = { nextLayerProtocol: 6, localPort: { first: 22, last: 22 } };

  test('drops what must come protected, and knows what may come in the clear', () => {
    expect(
      ofPolicies(
        policy('inbound', esp),
        policy('outbound', esp),
        policy('forward', esp),
        policy('inbound', protect(layer('esp', 'use'))),
        policy('inbound', { kind: 'discard' }, ssh),
      ),
    ).toEqual(['input: ip saddr 10.9.0.2 ip daddr 10.9.0.1 counter drop']);
  });

  test('keeps the order of precedence, and of what passes only what matters', () => {
    const bypass = policy('inbound', { kind: 'bypass' }, ssh);
    const first = { ...bypass, priority: bypass.priority - 1 };
    expect(ofPolicies(policy('inbound', esp), first)).toEqual([
      'input: ip saddr 10.9.0.2 ip daddr 10.9.0.1 tcp dport 22 accept',
      'input: ip saddr 10.9.0.2 ip daddr 10.9.0.1 counter drop',
    ]);
    expect(ofPolicies(policy('inbound', esp), bypass)).toHaveLength(1);
  });

  test('looks at what passes through a gateway where tunnels bring it', () => {
    const [alice, bob] = [address('10.9.0.1'), address('10.9.0.2')];
    const inTunnel = protect(tunnel('esp', alice, bob));
    const any = { localAddress: everywhere(4), remoteAddress: everywhere(4) };
    expect(ofPolicies(policy('forward', inTunnel, any))).toEqual([
      'forward: meta nfproto ipv4 counter drop',
    ]);
  });

  test('takes ports of any protocol for those of each that has ports', () => {
    const rules = ofPolicies(
      policy('inbound', esp, { ...ssh, nextLayerProtocol: 'any' }),
      policy('inbound', esp, { nextLayerProtocol: 1, message: { type: 8, code: 0 } }),
    );
    expect(
      rules.map((rule) => rule.replace('input: ip saddr 10.9.0.2 ip daddr 10.9.0.1 ', '')),
    ).toEqual([
      ...['tcp', 'udp', 'dccp', 'sctp', 'udplite'].map((name) => `${name} dport 22 counter drop`),
      'icmp type 8 icmp code 0 counter drop',
    ]);
  });

  test('leaves out, and says so, what packet filters cannot see', () => {
    const gre = policy('inbound', esp, { nextLayerProtocol: 47, greKey: 7 });
    expect(rulesForPolicies([gre])).toEqual({ rules: [], left: [gre] });
  });
});

describe('iptablesText()', () => {
  test('fills chains of its own, in the rules of each IP version', () => {
    const rules = required('tcp/22-23', 'udp/53', 'from', 'fd09::/64');
    const four = iptablesText(4, rules, PROTECTION);
    expect(four).toContain(
      [
        '-A IPSEAL-INPUT -m policy --dir in --pol ipsec -j RETURN',
        '-A IPSEAL-INPUT -p esp -j ACCEPT',
        '-A IPSEAL-INPUT -p ah -j ACCEPT',
        '-A IPSEAL-INPUT -p 108 -j ACCEPT',
        '-A IPSEAL-INPUT -p udp -m multiport --dports 500,4500 -j ACCEPT',
        '-A IPSEAL-INPUT -p tcp -m multiport --dports 22:23 -m comment --comment "only through IPsec" -j DROP',
        '-I INPUT -j IPSEAL-INPUT',
        ':IPSEAL-FORWARD - [0:0]',
        'COMMIT\n',
      ].join('\n'),
    );
    const six = iptablesText(6, rules, PROTECTION);
    expect(six).toContain('-A IPSEAL-INPUT -s fd09::/64 -p udp -m multiport --dports 53 ');
    expect(six).toContain('-A IPSEAL-INPUT -m ah -j ACCEPT');
    expect(six).toContain(
      '-A IPSEAL-INPUT -p icmpv6 --icmpv6-type 135 -m hl --hl-eq 255 -j RETURN',
    );
  });
});
