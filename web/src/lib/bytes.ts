// Data volumes and speeds, in the decimal units that plans are sold in.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `4294967296` → `4,3 GB`. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace('.', ',')} ${UNITS[unit] ?? 'B'}`;
}

const GIB = 2 ** 30;

/**
 * A quota, or a part of one, as it was sold: whole binary gigabytes stay whole (`64424509440` → `60 GiB`), as the
 * server's sentences say them; others are decimal.
 */
export function formatQuota(bytes: number, limit = bytes): string {
  if (limit <= 0 || limit % GIB !== 0) return formatBytes(bytes);
  const value = Math.max(0, bytes) / GIB;
  return `${value.toFixed(Number.isInteger(value) ? 0 : 1).replace('.', ',')} GiB`;
}

/** Kilobit a second as sold: `20000` → `20 Mbps`, `512` → `512 kbps`. */
export function formatRate(kbps: number): string {
  if (kbps >= 1000) return `${String(Math.round(kbps / 100) / 10).replace('.', ',')} Mbps`;
  return `${kbps} kbps`;
}
