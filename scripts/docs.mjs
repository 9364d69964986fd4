#!/usr/bin/env node
/** Writes the pages that are made from tables: docs/OPTIONS.md, and the options in docs/PROCFILE.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { optionsMarkdown, procfileMarkdown } from "../dist/config/index.js";

writeFileSync(new URL("../docs/OPTIONS.md", import.meta.url), optionsMarkdown());

const procfile = new URL("../docs/PROCFILE.md", import.meta.url);
writeFileSync(procfile, procfileMarkdown(readFileSync(procfile, "utf8")));
