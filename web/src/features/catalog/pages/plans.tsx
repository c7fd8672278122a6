// What is sold: plans with their prices, and the speeds behind them.
import { Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { formatQuota, formatRate } from '@/lib/bytes';
import { DataTable } from '@/ui/data-table';
import { Day } from '@/ui/day';
import { FormAction } from '@/ui/form';
import { Money } from '@/ui/money';
import { SetupHead } from '@/ui/setup-head';
import { Empty } from '@/ui/states';
import { PlanForm, PriceForm, ProfileForm } from '../parts/plan-forms';

export function PlansPage() {
  const { t } = useTranslation('setup');
  const can = useCan();
  const plans = api.useQuery('get', '/api/v1/plans');
  const profiles = api.useQuery('get', '/api/v1/profiles');
  const speeds = profiles.data?.items ?? [];
  const small = { size: 'compact-sm', variant: 'default' } as const;
  return (
    <>
      <SetupHead at="plans" />
      <Stack>
        <DataTable
          label={t('tab_plans')}
          query={plans}
          rowKey={(row) => row.id}
          tools={
            <FormAction label={t('plan_add')} verdict={can('plan_write')}>
              {(close) => <PlanForm profiles={speeds} close={close} />}
            </FormAction>
          }
          columns={[
            {
              id: 'name',
              header: t('plan'),
              cell: (row) => (
                <>
                  <b>{row.name}</b>
                  <div className="quiet">{row.code}</div>
                </>
              ),
            },
            {
              id: 'speed',
              header: t('profile'),
              wideOnly: true,
              cell: (row) => speedOf(speeds.find((one) => one.id === row.profile_id)),
            },
            {
              id: 'quota',
              header: t('quota'),
              wideOnly: true,
              right: true,
              cell: (row) => (row.quota_bytes ? formatQuota(row.quota_bytes) : t('unlimited')),
            },
            {
              id: 'mode',
              header: t('modes'),
              wideOnly: true,
              cell: (row) =>
                [row.prepaid_allowed && t('prepaid'), row.postpaid_allowed && t('postpaid')]
                  .filter(Boolean)
                  .join(', '),
            },
            {
              id: 'price',
              header: t('price'),
              right: true,
              cell: (row) => (
                <>
                  <Money amount={row.price} bold />
                  <div className="quiet">{t(`tax_${row.tax}` as never)}</div>
                  {row.prices.slice(1).map((one) => (
                    <div key={one.from_on} className="quiet">
                      <Day day={one.from_on} /> <Money amount={one.price} />
                    </div>
                  ))}
                </>
              ),
            },
            {
              id: 'act',
              header: '',
              right: true,
              cell: (row) => (
                <Group gap={4} justify="flex-end">
                  <FormAction {...small} label={t('change')} verdict={can('plan_write')}>
                    {(close) => <PlanForm plan={row} profiles={speeds} close={close} />}
                  </FormAction>
                  <FormAction {...small} label={t('price_set')} verdict={can('plan_price_write')}>
                    {(close) => <PriceForm plan={row} close={close} />}
                  </FormAction>
                </Group>
              ),
            },
          ]}
          empty={<Empty icon="box" title={t('plans_empty')} hint={t('plans_empty_hint')} />}
        />
        <DataTable
          label={t('profiles')}
          query={profiles}
          rowKey={(row) => row.id}
          tools={
            <FormAction label={t('profile_add')} variant="default" verdict={can('profile_write')}>
              {(close) => <ProfileForm close={close} />}
            </FormAction>
          }
          columns={[
            {
              id: 'name',
              header: t('profile'),
              cell: (row) => (
                <>
                  <b>{row.name}</b>
                  <div className="quiet">{row.code}</div>
                </>
              ),
            },
            { id: 'kind', header: t('kind'), cell: (row) => t(`profile_${row.kind}` as never) },
            { id: 'speed', header: t('speed'), right: true, cell: (row) => speedOf(row) },
            {
              id: 'act',
              header: '',
              right: true,
              cell: (row) => (
                <FormAction {...small} label={t('change')} verdict={can('profile_write')}>
                  {(close) => <ProfileForm profile={row} close={close} />}
                </FormAction>
              ),
            },
          ]}
          empty={<Empty icon="network" title={t('profiles_empty')} />}
        />
      </Stack>
    </>
  );
}

function speedOf(profile: Schemas['ProfileView'] | undefined): string {
  if (!profile) return '–';
  return `${formatRate(profile.rate_down_kbps)} / ${formatRate(profile.rate_up_kbps)}`;
}
