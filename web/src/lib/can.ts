// What a person may do: the permission from /me, the record's own answer (`can`) from the API.

export type Permitted = { permissions: readonly string[] };

/** Whether a person holds a permission. */
export function holds(me: Permitted, permission: string): boolean {
  return me.permissions.includes(permission);
}

/** Whether a person holds at least one of some permissions; an empty list asks nothing. */
export function holdsAny(me: Permitted, permissions: readonly string[]): boolean {
  return permissions.length === 0 || permissions.some((one) => holds(me, one));
}

export type Verdict = { allowed: true } | { allowed: false; reason: string };

type Answers = Record<string, { allowed: boolean; reason?: string | null } | undefined>;

/**
 * Whether an action on a record is possible now: first the person's permission, then the record's
 * state as the API tells it. The reason is for people: a disabled button shows it.
 */
export function verdict(
  me: Permitted,
  permission: string,
  noPermission: string,
  record?: { can?: Answers | null },
  action?: string,
): Verdict {
  if (!holds(me, permission)) return { allowed: false, reason: noPermission };
  const answer = action ? record?.can?.[action] : undefined;
  if (answer && !answer.allowed) return { allowed: false, reason: answer.reason ?? noPermission };
  return { allowed: true };
}
