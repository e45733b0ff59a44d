/** Nothing that the course taught is lost again, and readers are told what it teaches. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { courseSummaries } from "../../src/course/load.ts";
import { objectives, shortObjective } from "../../src/course/objectives.ts";
import { packageRoot } from "../../src/system/package-root.ts";

/** No exercise is about these yet. */
const NOT_YET = ["feature: replication", "feature: Sentinel", "feature: Cluster"];

test("every objective, definition, feature and use is taught by an exercise, but those that wait for theirs", async () => {
  const taught = new Set((await courseSummaries()).flatMap((exercise) => exercise.objectives));
  expect(objectives.filter((one) => !taught.has(one))).toEqual(NOT_YET);
});

test("each exercise names what it teaches, in the words of the list", async () => {
  for (const { id, objectives: named } of await courseSummaries()) {
    expect(named.length, id).toBeGreaterThan(0);
    for (const one of named) expect(objectives, id).toContain(one);
  }
});

test("the README says of each exercise what it teaches", async () => {
  const path = join(packageRoot, "README.md");
  const rows = (await courseSummaries()).map(
    ({ id, title, objectives: named }) =>
      `| [${id}](exercises/${id}/README.md) | ${title} | ${named.join("; ")} |`,
  );
  const table = ["| exercise | | teaches |", "|---|---|---|", ...rows].join("\n");
  const readme = readFileSync(path, "utf8");
  const place = /(<!-- course: .*-->\n)[\s\S]*?(<!-- \/course -->)/;
  expect(readme).toMatch(place);
  await expect(readme.replace(place, (_, start, end) => `${start}\n${table}\n\n${end}`)).toMatchFileSnapshot(
    path,
  );
});

test("a feature or use is listed without the word", () => {
  expect(shortObjective("O4 store hash values")).toBe("O4 store hash values");
  expect(shortObjective("feature: sorted sets with range queries")).toBe("sorted sets with range queries");
});
