/**
 * Which folder of src/ may import which: the build fails on any other arrow.
 * docs/ARCHITECTURE.md explains the layers.
 */
const NODE = 'node:*';
const MAY_IMPORT = {
  octets: [],
  net: ['octets'],
  wire: ['octets', 'net'],
  netlink: ['octets', 'net'],
  pfkey: ['octets', 'net'],
  crypto: ['octets', 'node:crypto'],
  ipsec: ['octets', 'net', 'wire', 'crypto', 'node:zlib'],
  dataplane: ['octets', 'net', 'wire', 'crypto', 'ipsec'],
  ike: ['octets', 'net', 'wire', 'crypto', 'ipsec'],
  config: ['octets', 'net', 'crypto', 'ipsec', 'ike'],
  monitor: ['octets', 'net', 'wire', 'crypto', 'ipsec'],
  firewall: ['octets', 'net', 'ipsec'],
  doctor: ['octets', 'net', 'ipsec', 'firewall'],
  io: [
    'octets',
    'net',
    'wire',
    'netlink',
    'crypto',
    'ipsec',
    'dataplane',
    'ike',
    'firewall',
    'koffi',
    NODE,
  ],
};

const forbidden = [
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  {
    name: 'not-a-layer',
    comment: 'Every folder of src/ has a row in the table',
    severity: 'error',
    from: {
      path: '^src/',
      pathNot: `^src/(${[...Object.keys(MAY_IMPORT), 'apps'].join('|')})/`,
    },
    to: {},
  },
];
for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
  const folders = allowed.filter((name) => !name.startsWith('node:') && name !== 'koffi');
  const modules = allowed.filter((name) => name.startsWith('node:')).map((name) => name.slice(5));
  const paths = [`^src/(${[folder, ...folders].join('|')})/`];
  if (allowed.includes('koffi')) paths.push('koffi');
  for (const module of modules) paths.push(module === '*' ? '^[a-z_/]+$' : `^${module}$`);
  forbidden.push({
    name: `layer-${folder}`,
    severity: 'error',
    from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
    to: { pathNot: paths },
  });
}

module.exports = {
  forbidden,
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
