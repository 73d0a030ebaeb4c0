/**
 * Names of services and their ports, as `/etc/services` has them.
 *
 * @module
 */

/** Ports by `name/protocol`: `domain/udp`. */
export type Services = ReadonlyMap<string, number>;

/**
 * Reads the text of `/etc/services`. Lines that are not of its form say nothing; of two lines for
 * one name the first counts, as in the C library.
 */
export function parseServices(text: string): Services {
  const services = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name = '', where = '', ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    const [, digits, protocol] = /^(\d{1,5})\/(\w+)$/.exec(where) ?? [];
    const port = Number(digits);
    if (protocol === undefined || port > 0xffff) continue;
    for (const each of [name, ...aliases]) {
      const key = `${each}/${protocol}`;
      if (!services.has(key)) services.set(key, port);
    }
  }
  return services;
}

/** The port of service `name` under the first of `protocols` that knows it. */
export function portOfService(
  services: Services,
  name: string,
  protocols: readonly string[],
): number | undefined {
  for (const protocol of protocols) {
    const port = services.get(`${name}/${protocol}`);
    if (port !== undefined) return port;
  }
  return undefined;
}
