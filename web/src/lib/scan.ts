// What a scanner, a camera or a hand gives: our own label, a vendor's serial, a MAC.

export type Scanned = { kind: 'serial' | 'mac'; value: string };

const OWN_LABEL = /^SMB:SN:(.+)$/i;
const MAC = /^(?:MAC[:\s]+)?([0-9a-f]{2}([:-]?)[0-9a-f]{2}(?:\2[0-9a-f]{2}){4})$/i;
const CISCO_MAC = /^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$/i;

/** Links, Wi-Fi cards, contacts, payment codes and sentences: a QR code, but of nothing in a store. */
const NOT_A_DEVICE =
  /^[a-z][a-z0-9+.-]*:\/\/|^(?:wifi|mailto|tel|sms|smsto|geo|matmsg|mecard|begin|http):|^000201|^[{[<]|^SMB:(?!SN:)/i;
/** A serial is shorter, and one word. */
const SERIAL_MAX = 64;

/** Whether a code is certainly no serial and no MAC. */
export function isForeign(text: string): boolean {
  const bare = text.trim();
  if (NOT_A_DEVICE.test(bare)) return true;
  const read = readScan(bare);
  return read?.kind === 'serial' && (read.value.length > SERIAL_MAX || /\s/.test(read.value));
}

/** Reads one code; null when there is nothing in it. Our own labels say `SMB:SN:<serial>`. */
export function readScan(text: string): Scanned | null {
  const bare = text.trim();
  if (!bare) return null;
  const own = OWN_LABEL.exec(bare);
  if (own?.[1]) return { kind: 'serial', value: own[1].trim() };
  const mac = MAC.exec(bare)?.[1] ?? (CISCO_MAC.test(bare) ? bare : null);
  if (mac) return { kind: 'mac', value: canonicalMac(mac) };
  const vendor = /^(?:S\/?N[:\s]+)(.+)$/i.exec(bare);
  return { kind: 'serial', value: (vendor?.[1] ?? bare).trim() };
}

/** `a1-b2-…` → `A1:B2:…`. */
export function canonicalMac(mac: string): string {
  const digits = mac.replace(/[^0-9a-f]/gi, '').toUpperCase();
  return digits.match(/.{2}/g)?.join(':') ?? mac;
}

export type ScannedLine = { serial: string; mac: string | null };

/**
 * A scanned or pasted line of a receipt: a serial, or a serial and a MAC with a comma, tab, semicolon
 * or space between. Null when the line is empty.
 */
export function readLine(line: string): ScannedLine | null {
  const [first, second] = line
    .trim()
    .split(/\s*[,;]\s*|\s+/, 2)
    .map((part) => part.trim());
  const serial = first ? readScan(first) : null;
  if (!serial) return null;
  const mac = second ? readScan(second) : null;
  return { serial: serial.value, mac: mac?.kind === 'mac' ? mac.value : null };
}
