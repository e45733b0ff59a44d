/** Skips every test where the sandbox that it is about cannot be used, with the reason. */
import { beforeEach } from "vitest";
import { whyNoPlace } from "./place.ts";

beforeEach((context) => {
  if (whyNoPlace) context.skip(whyNoPlace);
});
