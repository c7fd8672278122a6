// Who is logged in, and what they may do.
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { createContext, createElement, type ReactNode, useContext } from 'react';
import { useTranslation } from 'react-i18next';
import { type Verdict, verdict } from '@/lib/can';
import { DEFAULT_ZONE, todayIn } from '@/lib/day';
import { api, type Schemas } from './client';

export type Me = Schemas['Me'];

/** The branch a person belongs to; null when they see every branch. */
export function ownBranch(me: Me): Me['branches'][number] | null {
  return me.branches.find((branch) => branch.id === me.branch_id) ?? null;
}

/** The zone of a person's branch; who sees all gets the first branch's. */
export function zoneOf(me: Me | undefined): string {
  if (!me) return DEFAULT_ZONE;
  return (ownBranch(me) ?? me.branches[0])?.zone ?? DEFAULT_ZONE;
}

export const meQuery = () =>
  api.queryOptions('get', '/api/v1/me', undefined, {
    staleTime: 5 * 60_000,
    retry: false,
    networkMode: 'always',
  });

/** The person logged in; only inside the shell, where there is one. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery()).data;
}

const ShownZone = createContext<string | null>(null);

/** Days and times in here are shown by these clocks: a customer's branch's, another person's. */
export function Zoned({ zone, children }: { zone: string; children: ReactNode }) {
  return createElement(ShownZone.Provider, { value: zone }, children);
}

/** The zone in which days and times are shown: that of [`Zoned`], else the person's branch's. */
export function useZone(): string {
  const shown = useContext(ShownZone);
  const own = zoneOf(useQuery({ ...meQuery(), enabled: false }).data);
  return shown ?? own;
}

/** Today in the branch. */
export function useToday(): string {
  return todayIn(useZone(), new Date());
}

type Record_ = {
  can?: Record<string, { allowed: boolean; reason?: string | null } | undefined> | null;
};

/** Whether the person may do something, with the reason when not. */
export function useCan(): (permission: string, record?: Record_, action?: string) => Verdict {
  const me = useMe();
  const { t } = useTranslation();
  return (permission, record, action) =>
    verdict(me, permission, t('no_permission_action'), record, action);
}
