// Compiles the lab to dist/: the CLI and every exercise with shared chunks, the runner alone, and the packages
// that answers get in one file each. Types are checked by `npm run typecheck`; this only translates.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
// Built beside dist/ and then put in its place: whoever runs the lab meanwhile finds the old one whole.
const finished = join(root, "dist");
const dist = join(root, `.dist-${process.pid}`);

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  logLevel: "warning",
  legalComments: "linked",
};
// Bundled CommonJS packages expect these.
const requireShim = [
  'import { createRequire as __createRequire } from "node:module";',
  'import { fileURLToPath as __fileURLToPath } from "node:url";',
  "const require = __createRequire(import.meta.url);",
  "const __filename = __fileURLToPath(import.meta.url);",
  'const __dirname = __fileURLToPath(new URL(".", import.meta.url));',
].join(" ");

/** Parts of testcontainers that only ssh, compose, image builds and HTTP waits need: 0.13 s of its import. */
const SELDOM_USED = [
  "undici",
  "@grpc/grpc-js",
  "@grpc/proto-loader",
  "docker-compose",
  "ssh-remote-port-forward",
  "docker-modem/lib/ssh.js",
];
/** Requires them when one of their members is first used. */
const loadWhenUsed = {
  name: "load-when-used",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, kind, importer, namespace, resolveDir }) => {
      const name = path === "./ssh" && /docker-modem/.test(importer) ? "docker-modem/lib/ssh.js" : path;
      if (!SELDOM_USED.includes(name)) return undefined;
      if (namespace === "load-when-used") return { path: name, external: true };
      if (kind !== "require-call") return undefined;
      return { path: name, namespace: "load-when-used", pluginData: { resolveDir } };
    });
    onLoad({ filter: /./, namespace: "load-when-used" }, ({ path, pluginData: { resolveDir } }) => ({
      resolveDir,
      contents: `let loaded;
const load = () => (loaded ??= require(${JSON.stringify(path)}));
module.exports = new Proxy(function () {}, {
  get: (_, name) => (name === "__esModule" ? undefined : load()[name]),
  apply: (_, self, args) => Reflect.apply(load(), self, args),
});`,
    }));
  },
};

const exercises = existsSync(join(root, "exercises"))
  ? readdirSync(join(root, "exercises")).filter((name) =>
      existsSync(join(root, "exercises", name, "exercise.ts")),
    )
  : [];

await Promise.all([
  build({
    ...common,
    entryPoints: {
      cli: "src/cli.ts",
      ...Object.fromEntries(exercises.map((name) => [`exercises/${name}`, `exercises/${name}/exercise.ts`])),
    },
    outdir: dist,
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    banner: { js: requireShim },
    // Found by path at run time, or made for this machine: left to node_modules.
    external: ["esbuild", "kue", "express", "*.node", "cpu-features"],
    plugins: [loadWhenUsed],
  }),
  build({
    ...common,
    entryPoints: { runner: "src/sandbox/runner/runner.ts" },
    outdir: dist,
    outExtension: { ".js": ".cjs" },
    // CommonJS starts 30 ms sooner: Node's ES module loader is not needed for it.
    format: "cjs",
  }),
  bundleRedis(),
]);

writeCourseIndex();
chmodSync(join(dist, "cli.js"), 0o755);
replaceDist();
linkBinary();

/** node-redis in one CommonJS file with every export named, so that `import` and `require` give the same instance. */
async function bundleRedis() {
  const require = createRequire(join(root, "package.json"));
  const names = Object.keys(require("redis")).filter(
    (name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== "default",
  );
  const { version } = require("redis/package.json");
  const folder = join(dist, "packages", "redis");
  mkdirSync(folder, { recursive: true });
  await build({
    ...common,
    stdin: { contents: `export { ${names.join(", ")} } from "redis";`, resolveDir: root },
    outfile: join(folder, "bundle.cjs"),
    format: "cjs",
    // Else two classes of the same name become SimpleError and SimpleError2, and students meet the latter.
    keepNames: true,
  });
  writeFileSync(join(folder, "index.cjs"), cachedLoader(names));
  // Made after a first client, so that what makes one is in it; with the flag of the answers' processes, because V8
  // refuses a cache that was made with others.
  const makeCache =
    'const redis = require(process.argv[1] + "/index.cjs"); redis.createClient(); redis.__saveCache()';
  execFileSync(process.execPath, ["--max-old-space-size=256", "-e", makeCache, folder], {
    env: { ...process.env, LAB_SAVE_CODE_CACHE: "1" },
  });
  const manifest = {
    name: "redis",
    version,
    main: "index.cjs",
    exports: { ".": "./index.cjs", "./package.json": "./package.json" },
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * Loads bundle.cjs with the machine code that V8 kept of it, where it was kept by this very version of Node; V8 itself
 * refuses any other. The names are for Node's ES module loader, which reads them without running the file.
 */
function cachedLoader(names) {
  return `"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");
const file = join(__dirname, "bundle.cjs");
const cache = join(__dirname, \`\${process.version}-\${process.arch}.cache\`);
let cachedData;
try {
  cachedData = readFileSync(cache);
} catch {}
const wrapped = require("node:module").wrap(readFileSync(file, "utf8"));
const script = new Script(wrapped, cachedData ? { filename: file, cachedData } : { filename: file });
script.runInThisContext().call(exports, exports, require, module, file, __dirname);
if (process.env.LAB_SAVE_CODE_CACHE) module.exports.__saveCache = () => writeFileSync(cache, script.createCachedData());
0 && (module.exports = { ${names.join(", ")} });
`;
}

/** Digests by which the loader knows that a compiled exercise is still the one in its folder. */
function writeCourseIndex() {
  const digests = Object.fromEntries(
    exercises.map((name) => [name, exerciseDigest(join(root, "exercises", name))]),
  );
  mkdirSync(join(dist, "exercises"), { recursive: true });
  writeFileSync(join(dist, "exercises", "index.json"), `${JSON.stringify(digests, null, 2)}\n`);
}

/** Must agree with `exerciseDigest` of src/course/load.ts; a test compares them. */
function exerciseDigest(folder) {
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) {
    if (file.endsWith(".ts"))
      hash
        .update(file)
        .update("\0")
        .update(readFileSync(join(folder, file)));
  }
  return hash.digest("hex");
}

function replaceDist() {
  const old = `${dist}-old`;
  if (existsSync(finished)) renameSync(finished, old);
  renameSync(dist, finished);
  rmSync(old, { recursive: true, force: true });
}

/** npm links the binaries of dependencies, not the project's own: with this `npx lab` works in a clone. */
function linkBinary() {
  const folder = join(root, "node_modules", ".bin");
  if (!existsSync(folder) || process.platform === "win32") return;
  rmSync(join(folder, "lab"), { force: true });
  symlinkSync(join("..", "..", "dist", "cli.js"), join(folder, "lab"));
}
