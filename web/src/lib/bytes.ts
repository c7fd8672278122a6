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

/** Kilobit a second as sold: `20000` → `20 Mbps`, `512` → `512 kbps`. */
export function formatRate(kbps: number): string {
  if (kbps >= 1000) return `${String(Math.round(kbps / 100) / 10).replace('.', ',')} Mbps`;
  return `${kbps} kbps`;
}
