// Rebuilds the vendored modules from npm: `node static/vendor/rebuild.mjs` (or `--check`, which only compares).
// Versions and integrities come from vendor.lock.json; `--lock` writes what npm gave into it (review the diff).
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const lockPath = join(here, "vendor.lock.json");
const lock = JSON.parse(readFileSync(lockPath, "utf8"));
const mode = process.argv[2] ?? "";

/** Installs the pinned packages into `dir` and returns what npm resolved: {name: {version, integrity}}. */
function install(dir) {
  const pinned = Object.fromEntries(Object.entries(lock.packages).map(([name, p]) => [name, p.version]));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ private: true, dependencies: pinned }));
  execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: dir, stdio: "inherit" });
  const { packages } = JSON.parse(readFileSync(join(dir, "package-lock.json"), "utf8"));
  const found = ([name]) => [name, pick(packages[`node_modules/${name}`])];
  return Object.fromEntries(Object.entries(lock.packages).map(found));
}

const pick = ({ version, integrity, license }) => ({ version, integrity, license });

/** Refuses a package that is not byte for byte the locked one. */
function verify(resolved) {
  for (const [name, { integrity }] of Object.entries(resolved)) {
    if (integrity !== lock.packages[name].integrity) throw new Error(`${name}: integrity is not the locked one`);
  }
}

async function bundle(dir) {
  const { build } = await import(pathToFileURL(join(dir, "node_modules/esbuild/lib/main.js")).href);
  copyFileSync(join(here, "entry.mjs"), join(dir, "entry.mjs"));
  const built = await build({
    entryPoints: [join(dir, "entry.mjs")],
    absWorkingDir: dir,
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    banner: { js: `/* Lit ${lock.packages.lit.version}, Copyright Google LLC, BSD-3-Clause: see LICENSE-lit.txt. Built by rebuild.mjs. */` },
  });
  return Buffer.from(built.outputFiles[0].contents);
}

const describe = (bytes) => ({
  integrity: "sha384-" + createHash("sha384").update(bytes).digest("base64"),
  size: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
});

const dir = mkdtempSync(join(tmpdir(), "onethread-vendor-"));
try {
  const resolved = install(dir);
  if (mode !== "--lock") verify(resolved);
  const bytes = await bundle(dir);
  if (mode === "--check") {
    if (!bytes.equals(readFileSync(join(here, "lit.js")))) throw new Error("lit.js is not what the lock builds");
    console.log("vendor: current");
  } else {
    writeFileSync(join(here, "lit.js"), bytes);
    copyFileSync(join(dir, "node_modules/lit/LICENSE"), join(here, "LICENSE-lit.txt"));
    const next = { packages: resolved, files: { "lit.js": describe(bytes) } };
    writeFileSync(lockPath, JSON.stringify(next, null, 2) + "\n");
    console.log(next.files);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
