import { Select, type SelectProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';

type Props = Omit<SelectProps, 'data' | 'value' | 'onChange'> & {
  value?: string;
  onChange?: (id: string) => void;
};

/** Finds a customer by name, number or phone. */
export function CustomerPicker({ value, onChange, ...rest }: Props) {
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 200);
  const found = api.useQuery(
    'get',
    '/api/v1/customers',
    { params: { query: { q, limit: 10 } } },
    { enabled: q.length >= 2, placeholderData: keepPreviousData },
  );
  return (
    <Select
      searchable
      // the server has filtered already
      filter={({ options }) => options}
      data={(found.data?.items ?? []).map((one) => ({
        value: one.id,
        label: `${one.name} · ${one.number}`,
      }))}
      onSearchChange={setText}
      value={value || null}
      onChange={(id) => onChange?.(id ?? '')}
      {...rest}
    />
  );
}
