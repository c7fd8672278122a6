// Phone numbers: stored as +62…, shown and typed as people do.

/** `+6281234567890` → `0812-3456-7890`. */
export function formatPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  const local = digits.startsWith('62') ? `0${digits.slice(2)}` : digits;
  if (!local.startsWith('0') || local.length < 9) return phone;
  return [local.slice(0, 4), local.slice(4, 8), local.slice(8)].filter(Boolean).join('-');
}

/** Whether a text can be an Indonesian phone number: 0812…, +62812…, 62812…, separators allowed. */
export function looksLikePhone(text: string): boolean {
  return /^(?:\+?62|0)[2-9]\d{7,11}$/.test(text.replace(/[\s().-]/g, ''));
}
