import { Alert, Grid, Select, Stack, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { useToday } from '@/api/session';
import { path } from '@/lib/path';
import { useId } from '@/lib/use-id';
import { DateInput } from '@/ui/day-input';
import { Panel } from '@/ui/facts';
import { FormBody } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { To } from '@/ui/link';
import { Failed, Loading, PageHead } from '@/ui/states';
import { blankLine, draftOf, type LineErrors, linesToSend, splitFields } from '../purchase/lines';
import { LinesField } from '../purchase/lines-field';

type Order = Schemas['PurchaseView'];

const quiet = { meta: { quiet: true } };

/** A new purchase order. */
export function NewPurchasePage() {
  const { t } = useTranslation('purchase');
  return (
    <>
      <PageHead title={t('new')} note={t('new_note')} />
      <OrderForm order={null} />
    </>
  );
}

/** An order that is not approved yet. */
export function EditPurchasePage() {
  const { t } = useTranslation('purchase');
  const id = useId();
  const found = api.useQuery('get', '/api/v1/purchases/{id}', { params: { path: { id } } });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  return (
    <>
      <PageHead title={`${t('edit')} ${found.data.number}`} note={t('edit_note')} />
      {found.data.can.amend.allowed ? (
        <OrderForm order={found.data} />
      ) : (
        <Alert color="amber" icon={<Icon name="warning" />}>
          {found.data.can.amend.reason}
        </Alert>
      )}
    </>
  );
}

function OrderForm({ order }: { order: Order | null }) {
  const { t } = useTranslation(['purchase', 'common']);
  const navigate = useNavigate();
  const today = useToday();
  const suppliers = api.useQuery('get', '/api/v1/suppliers');
  const warehouses = api.useQuery('get', '/api/v1/locations', {
    params: { query: { kind: 'warehouse' } },
  });
  const types = api.useQuery('get', '/api/v1/item-types');
  const create = api.useMutation('post', '/api/v1/purchases', quiet);
  const amend = api.useMutation('put', '/api/v1/purchases/{id}', quiet);
  const [lines, setLines] = useState(() => (order ? draftOf(order.lines) : [blankLine()]));
  const [errors, setErrors] = useState<LineErrors>({});
  const form = useForm({
    initialValues: {
      supplier_id: order?.supplier_id ?? '',
      warehouse_id: order?.warehouse_id ?? '',
      expected_on: order?.expected_on ?? (null as string | null),
      note: order?.note ?? '',
    },
    validate: { supplier_id: (value) => (value ? null : t('common:required')) },
  });
  const from = suppliers.data?.items ?? [];
  const named = from.map((one) => ({ value: one.id, label: one.name }));
  if (order && !from.some((one) => one.id === order.supplier_id)) {
    named.push({ value: order.supplier_id, label: order.supplier_name });
  }
  const places = (warehouses.data?.items ?? [])
    .filter((one) => !order || one.branch_id === order.branch_id)
    .map((one) => ({ value: one.id, label: one.name }));
  const only = places.length === 1 ? places[0]?.value : undefined;
  const into = form.values.warehouse_id || only || null;

  const submit = async (values: typeof form.values, key: string) => {
    const sent = linesToSend(lines, t('common:required'));
    setErrors(sent.errors);
    if (!into) form.setFieldError('warehouse_id', t('common:required'));
    if (!into || Object.keys(sent.errors).length > 0) return;
    const body = { ...values, warehouse_id: into, lines: sent.lines };
    try {
      const saved = order
        ? await amend.mutateAsync({ params: { path: { id: order.id } }, body })
        : await create.mutateAsync({ params: { header: { 'Idempotency-Key': key } }, body });
      await navigate({ to: path.purchase(saved.id) });
    } catch (error) {
      const { status, code, detail, fields } = Problem.from(error);
      const split = splitFields(fields);
      setErrors(split.errors);
      throw new Problem(status, code, detail, split.rest);
    }
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('save')} wide>
      <Panel>
        <Grid gap="md">
          <Grid.Col span={{ base: 12, md: 6 }}>
            <Stack>
              <Select
                label={t('supplier')}
                required
                searchable
                description={
                  suppliers.data && named.length === 0 ? (
                    <To size="xs" to={path.suppliers()}>
                      {t('supplier_none')}
                    </To>
                  ) : undefined
                }
                data={named}
                {...form.getInputProps('supplier_id')}
                value={form.values.supplier_id || null}
                onChange={(value) => form.setFieldValue('supplier_id', value ?? '')}
              />
              <Select
                label={t('warehouse')}
                required
                data={places}
                {...form.getInputProps('warehouse_id')}
                value={into}
                onChange={(value) => form.setFieldValue('warehouse_id', value ?? '')}
              />
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 6 }}>
            <Stack>
              <DateInput
                label={t('expected')}
                minDate={today}
                clearable
                clearButtonProps={{ 'aria-label': t('clear_expected') }}
                {...form.getInputProps('expected_on')}
              />
              <Textarea
                label={t('note')}
                autosize
                minRows={1}
                maxRows={6}
                {...form.getInputProps('note')}
              />
            </Stack>
          </Grid.Col>
        </Grid>
      </Panel>
      <Panel title={t('lines')}>
        {types.error ? (
          <Failed error={types.error} again={() => void types.refetch()} />
        ) : (
          <LinesField
            lines={lines}
            errors={errors}
            types={types.data?.items ?? []}
            onChange={setLines}
          />
        )}
      </Panel>
    </FormBody>
  );
}
