// What a person's month is made of: each row with its formula and what it was earned by.
import { Badge, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { path } from '@/lib/path';
import { Day } from '@/ui/day';
import { To } from '@/ui/link';
import { Money } from '@/ui/money';

type Row = Schemas['EarningView'];

export function EarningRows({ rows }: { rows: Row[] }) {
  const { t } = useTranslation('hr');
  return (
    <Stack gap="sm">
      {rows.map((row) => (
        <Group key={row.id} justify="space-between" wrap="nowrap" align="flex-start">
          <Stack gap={2}>
            <Group gap={8}>
              <Text fw={600} size="sm">
                {t(row.kind === 'commission' ? 'commission' : 'incentive')}
              </Text>
              {row.takes_back && (
                <Badge color="red" variant="light" tt="none">
                  {t('taken_back')}
                </Badge>
              )}
              {row.is_taken_back && (
                <Badge color="gray" variant="light" tt="none">
                  {t('later_taken_back')}
                </Badge>
              )}
            </Group>
            <Text size="sm" component="div">
              {row.customer_name} <Source row={row} />
            </Text>
            <Text size="xs" c="dimmed" component="div">
              <Day day={row.earned_on} /> · {row.plan_name && `${row.plan_name} · `}
              {row.formula}
            </Text>
          </Stack>
          <Money amount={row.amount} tone={row.amount < 0 ? 'owed' : 'in'} bold />
        </Group>
      ))}
    </Stack>
  );
}

/** The paper that it was earned by; a way there for who may read it. */
function Source({ row }: { row: Row }) {
  const can = useCan();
  if (row.invoice_id) {
    const number = <span className="serial">{row.invoice_number}</span>;
    if (!can('invoice_read').allowed) return number;
    return <To to={path.invoice(row.invoice_id)}>{number}</To>;
  }
  if (!row.work_order_id) return null;
  const number = <span className="serial">{row.work_order_number}</span>;
  if (can('job_read').allowed) return <To to={path.job(row.work_order_id)}>{number}</To>;
  if (!can('work_order_read').allowed) return number;
  return <To to={path.workOrder(row.work_order_id)}>{number}</To>;
}
