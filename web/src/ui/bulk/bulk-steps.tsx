// The steps of one decision about many rows, in its window.
import { Button, Group, Progress, Stack, Table, Text } from '@mantine/core';
import { type ReactNode, useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Answer, type Batch, batches, together } from '@/lib/batches';
import { Figure } from '../facts';
import { Loading, problemText } from '../states';
import { Money } from '../money';
import type { BulkAnswer, BulkAsk } from './bulk-action';
import type { Chosen } from './choice';

/** As many as the server takes at once. */
const LOOK_AT = 50;
/** Few enough that the bar moves. */
const DO_AT = 10;

type Props = BulkAsk & {
  rows: Chosen[];
  label: string;
  color?: string;
  fields?: ReactNode;
  ready?: boolean;
  close: (done: boolean) => void;
};

type Step =
  | { at: 'fields' }
  | { at: 'looking' }
  | { at: 'seen'; seen: BulkAnswer }
  | { at: 'doing'; all: number; rest: Batch[]; done: BulkAnswer[]; stopped: string }
  | { at: 'done'; done: BulkAnswer };

export function BulkSteps(props: Props) {
  const { rows, fields, preview, act } = props;
  const [step, go] = useState<Step>({ at: fields ? 'fields' : 'looking' });
  const [refusal, refuse] = useState('');
  const look = async () => {
    const parts = batches(ids(rows), LOOK_AT, () => '');
    try {
      const seen: BulkAnswer[] = [];
      for (const part of parts) {
        const { data } = await preview(part.ids);
        if (data) seen.push(data);
      }
      go({ at: 'seen', seen: together(seen) as BulkAnswer });
    } catch (error) {
      refuse(problemText(error));
      go({ at: 'fields' });
    }
  };
  const run = async (all: number, parts: Batch[], before: BulkAnswer[]) => {
    const done = [...before];
    for (const [at, part] of parts.entries()) {
      go({ at: 'doing', all, rest: parts.slice(at), done: [...done], stopped: '' });
      try {
        done.push(await act(part.ids, part.key));
      } catch (error) {
        const stopped = problemText(error);
        return go({ at: 'doing', all, rest: parts.slice(at), done, stopped });
      }
    }
    go({ at: 'done', done: together(done) as BulkAnswer });
  };
  const begin = useEffectEvent(() => {
    if (!fields) void look();
  });
  useEffect(() => {
    const first = globalThis.setTimeout(() => begin());
    return () => globalThis.clearTimeout(first);
  }, []);
  const again = () => {
    go({ at: 'looking' });
    refuse('');
    void look();
  };
  switch (step.at) {
    case 'fields':
      return <Fields {...props} refusal={refusal} look={again} />;
    case 'looking':
      return <Loading rows={3} />;
    case 'seen': {
      const able = step.seen.lines.filter((line) => line.ok).map((line) => line.id);
      const yes = () =>
        void run(
          able.length,
          batches(able, DO_AT, () => crypto.randomUUID()),
          [],
        );
      return <Seen {...props} seen={step.seen} yes={yes} />;
    }
    case 'doing': {
      const resume = () => void run(step.all, step.rest, step.done);
      return <Doing {...props} {...step} resume={resume} />;
    }
    case 'done':
      return <Done {...props} done={step.done} />;
  }
}

function ids(rows: Chosen[]): string[] {
  return rows.map((row) => row.id);
}

function Fields({
  fields,
  ready = true,
  refusal,
  look,
  close,
}: Props & { refusal: string; look: () => void }) {
  const { t } = useTranslation(['list', 'common']);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        look();
      }}
    >
      <Stack>
        {fields}
        {refusal && (
          <Text c="red" size="sm" role="alert">
            {refusal}
          </Text>
        )}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={() => close(false)}>
            {t('common:cancel')}
          </Button>
          <Button type="submit" disabled={!ready}>
            {refusal && !fields ? t('common:again') : t('list:preview')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Seen({ rows, seen, label, color, yes, close }: Props & { seen: Answer; yes: () => void }) {
  const { t } = useTranslation(['list', 'common']);
  const able = seen.count > 0;
  return (
    <Stack>
      <Group gap="xl">
        <Figure
          label={label}
          value={able ? t('list:can', { n: seen.count, all: rows.length }) : t('list:can_none')}
        />
        {typeof seen.sum === 'number' && (
          <Figure label={t('list:sum')} value={<Money amount={seen.sum} />} />
        )}
      </Group>
      <Refused rows={rows} lines={seen.lines} title="cannot" />
      <Group justify="flex-end" gap={8}>
        <Button variant="default" onClick={() => close(false)}>
          {t('common:cancel')}
        </Button>
        <Button color={color} disabled={!able} onClick={yes} data-autofocus>
          {label}
        </Button>
      </Group>
    </Stack>
  );
}

type DoingProps = { all: number; done: BulkAnswer[]; stopped: string; resume: () => void };

function Doing({ all, done, stopped, resume, close }: Props & DoingProps) {
  const { t } = useTranslation(['list', 'common']);
  const n = together(done).lines.length;
  return (
    <Stack>
      <Progress
        value={all > 0 ? (100 * n) / all : 0}
        color={stopped ? 'amber' : 'teal'}
        aria-label={t('list:progress', { n, all })}
      />
      <Text size="sm" role="status">
        {t('list:progress', { n, all })}
      </Text>
      {stopped && (
        <>
          <Text size="sm" c="red" role="alert">
            {stopped} {t('list:stopped')}
          </Text>
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={() => close(true)}>
              {t('common:close')}
            </Button>
            <Button onClick={resume}>{t('list:resume')}</Button>
          </Group>
        </>
      )}
    </Stack>
  );
}

function Done({ rows, done, close }: Props & { done: Answer }) {
  const { t } = useTranslation(['list', 'common']);
  const all = done.lines.every((line) => line.ok);
  return (
    <Stack>
      <Text fw={600} role="status">
        {t('list:did', { n: done.count })}
        {typeof done.sum === 'number' && (
          <>
            {' · '}
            <Money amount={done.sum} />
          </>
        )}
      </Text>
      {all ? null : <Refused rows={rows} lines={done.lines} title="failed" />}
      <Group justify="flex-end">
        <Button onClick={() => close(true)} data-autofocus>
          {t('common:close')}
        </Button>
      </Group>
    </Stack>
  );
}

type RefusedProps = { rows: Chosen[]; lines: Answer['lines']; title: 'cannot' | 'failed' };

function Refused({ rows, lines, title }: RefusedProps) {
  const { t } = useTranslation('list');
  const refused = lines.filter((line) => !line.ok);
  if (refused.length === 0) return null;
  const names = new Map(rows.map((row) => [row.id, row.name]));
  return (
    <div style={{ maxHeight: 280, overflow: 'auto' }}>
      <Text size="sm" fw={600} c="red">
        {t(title, { n: refused.length })}
      </Text>
      <Table>
        <Table.Tbody>
          {refused.map((line) => (
            <Table.Tr key={line.id}>
              <Table.Td>{names.get(line.id) ?? line.id}</Table.Td>
              <Table.Td>{line.detail}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
