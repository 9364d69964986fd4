#!/usr/bin/env node
/** Writes the pages that are made from tables: docs/OPTIONS.md. */
import { writeFileSync } from "node:fs";
import { optionsMarkdown } from "../dist/config/index.js";

writeFileSync(new URL("../docs/OPTIONS.md", import.meta.url), optionsMarkdown());
