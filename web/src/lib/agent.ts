// What a person calls the program and the device that a session was opened with.

const PROGRAMS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
  ['curl/', 'curl'],
] as const;

const DEVICES = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['Macintosh', 'Mac'],
  ['CrOS', 'Chromebook'],
  ['Linux', 'Linux'],
] as const;

/** `Mozilla/5.0 (Linux; Android 14) … Chrome/120 …` → `Chrome · Android`; an unknown text stays as it is. */
export function agentName(agent: string): string {
  const program = PROGRAMS.find(([mark]) => agent.includes(mark))?.[1];
  const device = DEVICES.find(([mark]) => agent.includes(mark))?.[1];
  return [program, device].filter(Boolean).join(' · ') || agent;
}
