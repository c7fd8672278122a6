// The proof that all systems speak of the same: customer ↔ subscription ↔ login ↔ device on one line.
import { Badge, Box, Group, Stack, Text } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { listQuery, useListState } from '@/lib/list-state';
import { path } from '@/lib/path';
import { type Column, DataTable } from '@/ui/data-table';
import { FormDrawer } from '@/ui/form';
import { ButtonTo, To } from '@/ui/link';
import { StateBadge } from '@/ui/state-badge';
import { Empty, Failed, Loading, PageHead } from '@/ui/states';
import { FindingView, NAMES } from '../parts/finding';

type Proof = Schemas['ProofView'];
type Tie = Schemas['TieView'];

const TONES: Record<string, string> = {
  linked: 'teal',
  waiting: 'blue',
  missing: 'red',
  differs: 'orange',
};

export function ProofPage() {
  const { t } = useTranslation(['bridge', 'common']);
  const state = useListState();
  const [opened, open] = useState<Proof | null>(null);
  const list = api.useQuery(
    'get',
    '/api/v1/proof',
    { params: { query: listQuery(state) } },
    { placeholderData: keepPreviousData, refetchInterval: 15_000 },
  );
  const tie = (index: number): Column<Proof> => ({
    id: `tie${index}`,
    header: t(`tie_${index}` as never),
    wideOnly: true,
    cell: (row) => {
      const link = row.links[index];
      return link ? <TieCell tie={link} /> : null;
    },
  });
  const columns: Column<Proof>[] = [
    {
      id: 'customer',
      header: t('subject_customer'),
      cell: (row) => (
        <>
          <b>{row.customer_name}</b>
          <div className="quiet">
            {row.number} · {row.customer_number}
          </div>
          <Box hiddenFrom="sm" mt={6}>
            {row.links.map((link) => (
              <TieCell key={link.engine} tie={link} />
            ))}
          </Box>
        </>
      ),
    },
    tie(0),
    tie(1),
    tie(2),
    {
      id: 'state',
      header: t('common:state'),
      wideOnly: true,
      cell: (row) => <StateBadge kind="subscription" state={row.state} />,
    },
  ];
  return (
    <>
      <PageHead title={t('proof')} note={t('proof_note')}>
        <ButtonTo to={path.engines()}>{t('engines')}</ButtonTo>
      </PageHead>
      <DataTable
        label={t('proof')}
        query={list}
        columns={columns}
        rowKey={(row) => row.subscription_id}
        onOpen={open}
        state={state}
        searchable={t('proof_search')}
        filters={[
          {
            id: 'only',
            label: t('proof_only'),
            options: ['missing', 'differs'].map((value) => ({
              value,
              label: t(`tie_${value}` as never),
            })),
          },
        ]}
        empty={<Empty icon="check" title={t('proof_empty')} />}
      />
      <FormDrawer
        opened={opened != null}
        close={() => open(null)}
        title={opened?.customer_name ?? t('proof')}
      >
        {opened && <Whole of={opened} done={() => open(null)} />}
      </FormDrawer>
    </>
  );
}

function TieCell({ tie }: { tie: Tie }) {
  const { t } = useTranslation('bridge');
  return (
    <>
      <Group gap={6} wrap="nowrap">
        <Text span>{tie.ours ?? '–'}</Text>
        <Badge color={TONES[tie.tie] ?? 'gray'} variant="light" tt="none">
          {t(`tie_${tie.tie}` as never)}
        </Badge>
      </Group>
      <div className="quiet">{tie.theirs ?? ''}</div>
    </>
  );
}

function Whole({ of, done }: { of: Proof; done: () => void }) {
  const { t } = useTranslation('bridge');
  const found = api.useQuery('get', '/api/v1/subscriptions/{id}/proof', {
    params: { path: { id: of.subscription_id } },
  });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading rows={4} />;
  return (
    <Stack>
      <To to={path.customer(of.customer_id)}>
        {of.customer_name} · {of.number}
      </To>
      {found.data.links.map((tie) => (
        <Stack key={tie.engine} gap={2}>
          <Text size="sm" c="dimmed">
            {NAMES[tie.engine] ?? tie.engine}
          </Text>
          <TieCell tie={tie} />
        </Stack>
      ))}
      {found.data.findings.length === 0 && <Text>{t('findings_empty')}</Text>}
      {found.data.findings.map((finding) => (
        <FindingView key={finding.id} finding={finding} done={done} />
      ))}
    </Stack>
  );
}
