// Compiles the lab to dist/: the CLI and every exercise with shared chunks, the runner alone, and the packages
// that answers get in one file each. Types are checked by `npm run typecheck`; this only translates.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { makePackages } from "./packages.mjs";
import { quickPrototypes } from "./quick-prototypes.mjs";

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
      "course-index": "src/course/course-index.ts",
      ...Object.fromEntries(exercises.map((name) => [`exercises/${name}`, `exercises/${name}/exercise.ts`])),
    },
    outdir: dist,
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    banner: { js: requireShim },
    // Found by path at run time, or made for this machine: left to node_modules.
    external: ["esbuild", "kue", "express", "*.node", "cpu-features"],
    plugins: [loadWhenUsed, quickPrototypes],
  }),
  build({
    ...common,
    entryPoints: {
      runner: "src/sandbox/runner/runner.ts",
      supervisor: "src/sandbox/supervisor/supervisor.ts",
    },
    outdir: dist,
    outExtension: { ".js": ".cjs" },
    // CommonJS starts 30 ms sooner: Node's ES module loader is not needed for it.
    format: "cjs",
  }),
  makePackages(root, join(dist, "packages", "node_modules"), common),
]);

await writeCourseIndex();
chmodSync(join(dist, "cli.js"), 0o755);
replaceDist();
linkBinary();

/** By which the loader knows that a compiled exercise is still the one in its folder, and lists the course. */
async function writeCourseIndex() {
  const indexer = join(dist, "course-index.js");
  const { indexEntry } = await import(pathToFileURL(indexer));
  const entries = exercises.map(async (name) => {
    const { default: definition } = await import(pathToFileURL(join(dist, "exercises", `${name}.js`)));
    return [name, indexEntry(join(root, "exercises", name), definition)];
  });
  const index = Object.fromEntries(await Promise.all(entries));
  mkdirSync(join(dist, "exercises"), { recursive: true });
  writeFileSync(join(dist, "exercises", "index.json"), `${JSON.stringify(index, null, 2)}\n`);
  rmSync(indexer);
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
