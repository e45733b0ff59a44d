// node-redis puts 800 commands on the prototype of a class, twice, whenever a first client is made. V8 copies a
// prototype's list of properties with each one that is added, unless the prototype is kept as a dictionary, which it
// becomes when a property is deleted. That is 45 of the 170 ms of a process that makes a client (Node 20).
import { readFileSync } from "node:fs";

const CLASS = /class extends BaseClass \{\s*\};\n/;
const AS_DICTIONARY = `Class.prototype.first = Class.prototype.second = undefined;
delete Class.prototype.first;
delete Class.prototype.second;
`;

/** For esbuild: node-redis as it is, but for how its classes are put together. */
export const quickPrototypes = {
  name: "quick-prototypes",
  setup({ onLoad }) {
    onLoad({ filter: /@redis[\\/]client[\\/]dist[\\/]lib[\\/]commander\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      if (!CLASS.test(source)) throw new Error(`${path} is not as scripts/quick-prototypes.mjs knows it`);
      return { contents: source.replace(CLASS, (found) => found + AS_DICTIONARY) };
    });
  },
};
