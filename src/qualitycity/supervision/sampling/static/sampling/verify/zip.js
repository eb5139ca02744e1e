/* Reads the files of a ZIP archive in the browser: central directory, stored or deflated entries. */

const MIB = 1 << 20;
const LIMITS = { "frame.csv": 512 * MIB };
const LIMIT_OTHER = 64 * MIB;

export class ZipError extends Error {}

function directory(view) {
  // The end record stands in the last 64 KiB + 22 bytes.
  let end = view.byteLength - 22;
  while (end >= 0 && end > view.byteLength - 65558 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw new ZipError("no_zip");
  const count = view.getUint16(end + 10, true);
  const entries = new Map();
  let at = view.getUint32(end + 16, true);
  for (let n = 0; n < count; n += 1) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new ZipError("no_zip");
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at + 46, nameLength));
    if (entries.has(name)) throw new ZipError("twice");
    entries.set(name, {
      encrypted: view.getUint16(at + 8, true) & 1,
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      offset: view.getUint32(at + 42, true),
    });
    at += 46 + nameLength + extra + comment;
  }
  return entries;
}

/* Unpack one entry, counting as it grows: a zip bomb stops at the limit. */
async function unpack(bytes, method, limit) {
  if (method === 0 && bytes.length <= limit) return bytes;
  if (method !== 8) throw new ZipError(method === 0 ? "too_large" : "no_zip");
  if (typeof DecompressionStream === "undefined") throw new ZipError("no_unzip");
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    if (size > limit) {
      await reader.cancel();
      throw new ZipError("too_large");
    }
    parts.push(next.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/* Map name => bytes of the entries whose name the test accepts. Throws ZipError. */
export async function readZip(buffer, wanted) {
  const view = new DataView(buffer);
  const out = new Map();
  try {
    for (const [name, entry] of directory(view)) {
      if (!wanted(name)) continue;
      if (entry.encrypted) throw new ZipError("no_zip");
      const start =
        entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
      const packed = new Uint8Array(buffer, start, entry.packed);
      out.set(name, await unpack(packed, entry.method, LIMITS[name] ?? LIMIT_OTHER));
    }
  } catch (error) {
    throw error instanceof ZipError ? error : new ZipError("no_zip");
  }
  return out;
}
