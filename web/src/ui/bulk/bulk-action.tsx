// One decision about many rows: what it would do, with count and sum; yes; how far it is; what failed.
import { Button, Group, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { BulkSteps } from './bulk-steps';
import type { Choice, Chosen } from './choice';
import { Modal } from '../windows';

export type BulkAnswer = Schemas['BulkAnswer'];

export type BulkAsk = {
  /** What it would do; nothing happens yet. */
  preview: (ids: string[]) => Promise<{ data?: BulkAnswer }>;
  /** Does it; asked again with the same key it does nothing twice. */
  act: (ids: string[], key: string) => Promise<BulkAnswer>;
};

type Props = BulkAsk & {
  choice: Choice;
  /** The button, and the yes. */
  label: string;
  title: string;
  color?: string;
  /** What has to be said before; `ready` once it is. */
  fields?: ReactNode;
  ready?: boolean;
};

/** Stands among a list's tools once something is chosen. */
export function BulkAction({ choice, ...rest }: Props) {
  const { t } = useTranslation('list');
  // what was chosen when it was opened: the list may change below
  const [rows, open] = useState<Chosen[] | null>(null);
  const close = (done: boolean) => {
    open(null);
    if (done) choice.clear();
  };
  return (
    <>
      {choice.rows.length > 0 && (
        <Group gap={8}>
          <Text size="sm" fw={600} role="status">
            {t('chosen', { n: choice.rows.length })}
          </Text>
          <Button size="sm" color={rest.color} onClick={() => open(choice.rows)}>
            {rest.label}
          </Button>
          <Button size="sm" variant="subtle" color="gray" onClick={choice.clear}>
            {t('choose_none')}
          </Button>
        </Group>
      )}
      <Modal opened={rows !== null} onClose={() => close(false)} title={rest.title}>
        {rows && <BulkSteps rows={rows} {...rest} close={close} />}
      </Modal>
    </>
  );
}
