/**
 * Lint rules of this project: the direction of dependencies between the folders of `src`,
 * fixed-bits arithmetic (no platform transcendental functions outside `numerics`), and keyed
 * randomness (no unkeyed random numbers and no wall clock in simulation code).
 */

/** Which folder may import which; every folder may import `numerics` and the files named in `OPEN`. */
const MAY_IMPORT = {
  des: [],
  random: [],
  numerics: [],
  scenario: [],
  channel: ['random'],
  radio: ['channel', 'des', 'random'],
  planner: [],
  learning: ['random'],
  compression: ['random', 'learning/contract'],
  results: [],
  federation: ['radio', 'planner', 'compression', 'learning', 'des', 'random', 'results'],
  experiment: ['scenario', 'des', 'random', 'channel', 'radio', 'planner', 'compression', 'learning', 'federation', 'results'],
  report: ['results'],
  cli: ['experiment', 'report', 'scenario', 'results', 'channel', 'radio', 'planner', 'compression', 'learning'],
};
const OPEN = ['numerics', 'scenario/quantity', 'scenario/types', 'scenario/schedule', 'errors', 'table'];

const FORBIDDEN_MATH = new Set([
  'exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'pow', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2',
  'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'cbrt', 'hypot',
]);
const CLOCKS = { Date: ['now'], performance: ['now'], Math: ['random'] };
const CLOCK_ALLOWED = new Set(['cli', 'report']);

/** The path below `src` of an absolute file name, or null outside `src`. */
function belowSrc(filename) {
  const parts = filename.replaceAll('\\', '/').split('/src/');
  return parts.length < 2 ? null : parts[parts.length - 1];
}

/** The imported path below `src`, or null where the import leaves it (the kernels' own files). */
function resolveImport(fromBelowSrc, source) {
  const stack = fromBelowSrc.split('/').slice(0, -1);
  for (const part of source.split('/')) {
    if (part === '..' && stack.length === 0) return null;
    if (part === '..') stack.pop();
    else if (part !== '.') stack.push(part);
  }
  return stack.join('/').replace(/\.js$/, '');
}

const layers = {
  meta: { type: 'problem' },
  create(context) {
    const from = belowSrc(context.filename);
    if (from === null || !from.includes('/')) return {};
    const folder = from.split('/')[0];
    const allowed = MAY_IMPORT[folder];
    const check = (node) => {
      const source = node.source?.value;
      if (typeof source !== 'string' || !source.startsWith('.')) return;
      const target = resolveImport(from, source);
      if (target === null) return;
      const matches = (name) => target === name || target.startsWith(`${name}/`);
      if (matches(folder) || OPEN.some(matches)) return;
      if (allowed === undefined) {
        context.report({ node, message: `src/${folder} is no folder of the design: add it to lint/wfl-plugin.js with what it may import` });
      } else if (!allowed.some(matches)) {
        context.report({ node, message: `src/${folder} must not import src/${target}: it may import ${[...allowed, ...OPEN].join(', ')}` });
      }
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};

const fixedBits = {
  meta: { type: 'problem' },
  create(context) {
    const from = belowSrc(context.filename);
    if (from === null || from.startsWith('numerics/')) return {};
    return {
      MemberExpression(node) {
        if (node.object.type === 'Identifier' && node.object.name === 'Math' && node.property.type === 'Identifier' && FORBIDDEN_MATH.has(node.property.name)) {
          context.report({ node, message: `Math.${node.property.name} differs between platforms: use the one of src/numerics` });
        }
      },
      BinaryExpression(node) {
        if (node.operator === '**') context.report({ node, message: '** differs between platforms: use pow of src/numerics' });
      },
      AssignmentExpression(node) {
        if (node.operator === '**=') context.report({ node, message: '**= differs between platforms: use pow of src/numerics' });
      },
    };
  },
};

const keyed = {
  meta: { type: 'problem' },
  create(context) {
    const from = belowSrc(context.filename);
    if (from === null) return {};
    const wallClockAllowed = CLOCK_ALLOWED.has(from.split('/')[0]);
    return {
      MemberExpression(node) {
        if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return;
        if (!CLOCKS[node.object.name]?.includes(node.property.name)) return;
        if (wallClockAllowed && node.object.name !== 'Math') return;
        context.report({ node, message: `${node.object.name}.${node.property.name} is not a function of the seed: use a keyed stream or simulated time` });
      },
    };
  },
};

const plugin = { meta: { name: 'wfl' }, rules: { layers, 'fixed-bits': fixedBits, keyed } };

// Oxlint loads a plugin from the default export of its file.
export default plugin;
