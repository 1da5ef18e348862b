import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { Stage } from "aws-cdk-lib";
import { Construct } from "constructs";

/** A function's binary, looked into and laid out as Lambda wants it. */
export interface Binary {
  /** A folder with the file `bootstrap` and nothing else. */
  readonly folder: string;
  /** The digest of the binary itself: the same binary is the same code, whatever archive it came in. */
  readonly digest: string;
}

const MACHINES: Record<string, number> = { arm64: 0xb7, x86_64: 0x3e };
const SYMBOL_TABLE = 2;

/** Read a function's binary, refuse what must not be deployed, and lay it out in the app's own output folder. */
export function unpack(scope: Construct, archives: string, name: string, architecture: string): Binary {
  const binary = read(archives, name);
  check(name, binary, architecture);
  const digest = createHash("sha256").update(binary).digest("hex");
  const folder = join(Stage.of(scope)!.assetOutdir, "unpacked", `${name}-${digest.slice(0, 16)}`);
  mkdirSync(folder, { recursive: true });
  // Of this mode whatever became of the file on its way: Lambda starts nothing that may not be run.
  writeFileSync(join(folder, "bootstrap"), binary, { mode: 0o755 });
  return { folder, digest };
}

function read(archives: string, name: string): Buffer {
  const archive = join(archives, `${name}.zip`);
  const file = join(archives, name, "bootstrap");
  if (existsSync(archive)) return fromZip(archive);
  if (existsSync(file)) return readFileSync(file);
  throw new Error(`neither ${archive} nor ${file} is there: archives names the folder of a release's archives, or target/lambda after make release`);
}

/** The file `bootstrap` of an archive. */
export function fromZip(archive: string): Buffer {
  const zip = readFileSync(archive);
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06"));
  if (end < 0) throw new Error(`${archive} is no archive`);
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, packed] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [name, extra, comment] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    if (zip.toString("utf8", at + 46, at + 46 + name) === "bootstrap") {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const bytes = zip.subarray(start, start + packed);
      if (method === 0) return bytes;
      if (method === 8) return inflateRawSync(bytes);
      throw new Error(`${archive} is packed in a way that Lambda does not know`);
    }
    at += 46 + name + extra + comment;
  }
  throw new Error(`${archive} has no file bootstrap in it`);
}

/** Refuse what is no program for the architecture, or not of the release profile, as infra/deploy/packages.py does. */
export function check(name: string, binary: Buffer, architecture: string): void {
  const advice = `build it with make release ARCH=${architecture}, or name a release's archives`;
  if (binary.length < 64 || binary.toString("latin1", 0, 4) !== "\x7fELF" || binary[4] !== 2 || binary[5] !== 1) {
    throw new Error(`${name} is no program for Lambda (64-bit ELF, little-endian): ${advice}`);
  }
  const machine = binary.readUInt16LE(18);
  if (machine !== MACHINES[architecture]) {
    const built = Object.keys(MACHINES).find((one) => MACHINES[one] === machine) ?? `machine ${machine}`;
    throw new Error(`${name} was built for ${built}, and architecture is ${architecture}: ${advice}`);
  }
  const left = leftByAnotherProfile(binary);
  if (left) throw new Error(`${name} is not of the release profile (it has ${left}): ${advice}`);
}

/** What stripping would have taken away. */
function leftByAnotherProfile(binary: Buffer): string | undefined {
  const start = Number(binary.readBigUInt64LE(40));
  const [size, count, names] = [binary.readUInt16LE(58), binary.readUInt16LE(60), binary.readUInt16LE(62)];
  if (start === 0 || count === 0) return undefined;
  try {
    const table = Number(binary.readBigUInt64LE(start + names * size + 24));
    for (let number = 0; number < count; number += 1) {
      const header = start + number * size;
      if (binary.readUInt32LE(header + 4) === SYMBOL_TABLE) return "a table of symbols";
      const from = table + binary.readUInt32LE(header);
      const called = binary.toString("latin1", from, binary.indexOf(0, from));
      // Rust puts .debug_gdb_scripts among what is loaded, where no stripping takes it away.
      if (/^\.z?debug_/.test(called) && called !== ".debug_gdb_scripts") return "debug information";
    }
  } catch (error) {
    if (error instanceof RangeError) return "broken section headers";
    throw error;
  }
  return undefined;
}
