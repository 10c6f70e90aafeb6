import { describe, it } from "@jest/globals";
import { memoryStore } from "@pay/core";
import { storeContract } from "./index.ts";

describe("memoryStore", () => storeContract({ test: it, store: memoryStore }));
