// The packages that answers may import, in a node_modules of their own: what a sandbox shows of the lab's packages.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import { quickPrototypes } from "./quick-prototypes.mjs";

/** In one file each; what makes a first one is run before V8's machine code is kept. */
const BUNDLED = [
  { name: "redis", warm: "bundled.createClient()", plugins: [quickPrototypes] },
  { name: "express", warm: "bundled()" },
];
/** With the packages that they need. */
const WHOLE = ["kue", "mocha", "chai"];

export async function makePackages(root, folder, options) {
  const installed = join(root, "node_modules");
  for (const package_ of closure(installed, WHOLE)) {
    const place = relative(installed, package_);
    if (BUNDLED.some(({ name }) => name === place))
      throw new Error(`npm has put Kue's own ${place} where that of the answers belongs`);
    linkPackage(package_, join(folder, place));
  }
  await Promise.all(
    BUNDLED.map((package_) =>
      bundlePackage(package_, { root, folder: join(folder, package_.name), options }),
    ),
  );
}

/** The folders of these packages and of all that they depend on, found as Node finds them. */
function closure(installed, names) {
  const found = new Set();
  const add = (name, from) => {
    for (let place = from; place.startsWith(dirname(installed)); place = dirname(place)) {
      const package_ = join(place, "node_modules", name);
      if (!existsSync(join(package_, "package.json"))) continue;
      if (found.has(package_)) return;
      found.add(package_);
      const { dependencies = {} } = JSON.parse(readFileSync(join(package_, "package.json"), "utf8"));
      for (const needed of Object.keys(dependencies)) add(needed, package_);
      return;
    }
    throw new Error(`${name}, which ${from} needs, is not installed: npm ci`);
  };
  for (const name of names) add(name, dirname(installed));
  return found;
}

/** Hard links, which take a tenth of the time of copies; packages inside it are linked by themselves. */
function linkPackage(from, to) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkPackage(source, target);
    else if (entry.isFile()) linkFile(source, target);
  }
}

function linkFile(source, target) {
  try {
    linkSync(source, target);
  } catch {
    // Another file system, or one without hard links.
    copyFileSync(source, target);
  }
}

/**
 * The package in one CommonJS file, as the package's main file, with its exports named so that Node's ES module loader
 * finds them.
 */
async function bundlePackage({ name, plugins = [], warm }, { root, folder, options }) {
  const require = createRequire(join(root, "package.json"));
  const main = require.resolve(name);
  const names = Object.keys(require(main)).filter(
    (exported) => /^[A-Za-z_$][\w$]*$/.test(exported) && exported !== "default",
  );
  const { version } = require(`${name}/package.json`);
  mkdirSync(folder, { recursive: true });
  await build({
    ...options,
    entryPoints: [main],
    outfile: join(folder, "bundle.cjs"),
    format: "cjs",
    // Else two classes of the same name become SimpleError and SimpleError2, and students meet the latter.
    keepNames: true,
    plugins,
  });
  wrapBundle(join(folder, "bundle.cjs"));
  writeFileSync(join(folder, "bundled.cjs"), cachedLoader(names));
  const makeCache = `const bundled = require(process.argv[1]); ${warm}; bundled.__saveCache()`;
  // Without flags of V8's, as the answers' processes: it refuses a cache that was made with others.
  execFileSync(process.execPath, ["-e", makeCache, join(folder, "bundled.cjs")], {
    env: { ...process.env, LAB_SAVE_CODE_CACHE: "1" },
  });
  const manifest = {
    name,
    version,
    main: "bundled.cjs",
    exports: { ".": "./bundled.cjs", "./package.json": "./package.json" },
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

const COMMENT_LINE = /^\s*(?:\/\/|\/\*|\*).*$/gm;
const NOT_ASCII = /[^\p{ASCII}]/gu;

/** As Node wraps a module, once and for all; in one line, so that the lines of a stack stay the file's. */
function wrapBundle(file) {
  // It is read as Latin-1: that takes a third of the time, and V8 keeps each character in one byte. esbuild leaves other
  // characters than ASCII in comments, and in regular expressions, where they matter.
  const source = readFileSync(file, "utf8").replace(COMMENT_LINE, (line) => line.replace(NOT_ASCII, "?"));
  if (NOT_ASCII.test(source)) throw new Error(`${file} has characters that are not ASCII`);
  writeFileSync(file, `(function (exports, require, module, __filename, __dirname) {${source}\n})`);
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
const source = readFileSync(file, "latin1");
const script = new Script(source, cachedData ? { filename: file, cachedData } : { filename: file });
script.runInThisContext().call(exports, exports, require, module, file, __dirname);
if (process.env.LAB_SAVE_CODE_CACHE) module.exports.__saveCache = () => writeFileSync(cache, script.createCachedData());
0 && (${names.map((name) => `exports.${name} = 0`).join(", ")});
`;
}
