import { MultiSelect } from '@mantine/core';
import { DateInput } from '@/ui/day-input';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '@/api/client';
import { useToday } from '@/api/session';
import { keyed } from '@/lib/request-key';
import { BulkAction } from '@/ui/bulk/bulk-action';
import type { Choice } from '@/ui/bulk/choice';

/** Sends technicians to the chosen work orders. */
export function DispatchMany({ choice }: { choice: Choice }) {
  const { t } = useTranslation('fulfilment');
  const today = useToday();
  const [technicians, choose] = useState<string[]>([]);
  const [day, plan] = useState<string | null>(today);
  const people = api.useQuery('get', '/api/v1/technicians', undefined, {
    enabled: choice.rows.length > 0,
  });
  const send = api.useMutation('post', '/api/v1/work-orders/assign', { meta: { quiet: true } });
  const said = { technicians, scheduled_on: day ?? today };
  return (
    <BulkAction
      choice={choice}
      label={t('dispatch')}
      title={t('dispatch_many')}
      ready={technicians.length > 0 && day !== null}
      fields={
        <>
          <MultiSelect
            label={t('technicians')}
            required
            searchable
            data-autofocus
            value={technicians}
            onChange={choose}
            data={(people.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
          />
          <DateInput label={t('scheduled')} required minDate={today} value={day} onChange={plan} />
        </>
      }
      preview={(ids) =>
        client.POST('/api/v1/work-orders/assign/preview', { body: { ids, ...said } })
      }
      act={(ids, key) => send.mutateAsync({ body: { ids, ...said }, ...keyed(key) })}
    />
  );
}
