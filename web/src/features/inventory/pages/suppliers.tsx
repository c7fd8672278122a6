import { Badge, Button, Checkbox, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { type Column, DataTable } from '@/ui/data-table';
import { FormBody, FormDrawer } from '@/ui/form';
import { Icon } from '@/ui/icon';
import { Empty, PageHead } from '@/ui/states';

type Row = Schemas['SupplierView'];

const quiet = { meta: { quiet: true } };

/** Who we buy from. */
export function SuppliersPage() {
  const { t } = useTranslation(['purchase', 'common']);
  const can = useCan();
  const [archived, showArchived] = useState(false);
  /** `new`: none yet. */
  const [open, setOpen] = useState<Row | 'new' | null>(null);
  const list = api.useQuery('get', '/api/v1/suppliers', { params: { query: { archived } } });
  const writes = can('purchase_write').allowed;
  const columns: Column<Row>[] = [
    {
      id: 'name',
      header: t('supplier_name'),
      cell: (row) => (
        <>
          <b>{row.name}</b>{' '}
          {row.archived && (
            <Badge color="gray" variant="light" tt="none">
              {t('archived')}
            </Badge>
          )}
        </>
      ),
    },
    { id: 'contact', header: t('contact'), wideOnly: true, cell: (row) => row.contact ?? '–' },
    { id: 'phone', header: t('phone'), cell: (row) => row.phone ?? '–' },
    { id: 'address', header: t('address'), wideOnly: true, cell: (row) => row.address ?? '–' },
  ];
  const add = writes && (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setOpen('new')}>
      {t('supplier_add')}
    </Button>
  );
  return (
    <>
      <PageHead title={t('suppliers')} note={t('suppliers_note')}>
        {add}
      </PageHead>
      <DataTable
        label={t('suppliers')}
        query={list}
        columns={columns}
        rowKey={(row) => row.id}
        onOpen={writes ? setOpen : undefined}
        tools={
          <Checkbox
            label={t('archived_show')}
            checked={archived}
            onChange={(event) => showArchived(event.currentTarget.checked)}
          />
        }
        empty={
          <Empty
            icon="truck"
            title={t('suppliers_empty')}
            hint={t('suppliers_empty_hint')}
            action={add}
          />
        }
      />
      <FormDrawer
        opened={open !== null}
        close={() => setOpen(null)}
        title={open === 'new' ? t('supplier_add') : t('supplier_edit')}
      >
        <SupplierForm of={open === 'new' ? null : open} close={() => setOpen(null)} />
      </FormDrawer>
    </>
  );
}

function SupplierForm({ of, close }: { of: Row | null; close: () => void }) {
  const { t } = useTranslation(['purchase', 'common']);
  const add = api.useMutation('post', '/api/v1/suppliers', quiet);
  const change = api.useMutation('put', '/api/v1/suppliers/{id}', quiet);
  const form = useForm({
    initialValues: {
      name: of?.name ?? '',
      contact: of?.contact ?? '',
      phone: of?.phone ?? '',
      address: of?.address ?? '',
      archived: of?.archived ?? false,
    },
    validate: { name: (value) => (value.trim() ? null : t('common:required')) },
  });
  const submit = async ({ archived, ...values }: typeof form.values, key: string) => {
    if (of) {
      await change.mutateAsync({
        params: { path: { id: of.id } },
        body: { ...values, archived },
      });
    } else {
      await add.mutateAsync({ params: { header: { 'Idempotency-Key': key } }, body: values });
    }
    close();
  };
  return (
    <FormBody form={form} onSubmit={submit} submit={t('common:save')} cancel={close}>
      <TextInput
        label={t('supplier_name')}
        required
        data-autofocus
        {...form.getInputProps('name')}
      />
      <TextInput label={t('contact')} {...form.getInputProps('contact')} />
      <TextInput label={t('phone')} inputMode="tel" {...form.getInputProps('phone')} />
      <Textarea label={t('address')} autosize minRows={2} {...form.getInputProps('address')} />
      {of && (
        <Checkbox
          label={t('archived')}
          description={t('archived_hint')}
          {...form.getInputProps('archived', { type: 'checkbox' })}
        />
      )}
    </FormBody>
  );
}
