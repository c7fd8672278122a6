import { Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './facts.module.css';

/** Names and values in two columns; a missing value is a dash. */
export function Facts({ items }: { items: (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className={classes.facts}>
      {items.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value === null || value === undefined || value === '' ? '–' : value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One part of a page. */
export function Panel({
  title,
  tools,
  children,
  flush = false,
}: {
  title?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
  flush?: boolean;
}) {
  return (
    <Paper withBorder className={classes.panel} component="section">
      {(title || tools) && (
        <div className={classes.head}>
          <Title order={2} fz={15}>
            {title}
          </Title>
          {tools}
        </div>
      )}
      <div className={flush ? undefined : classes.body}>{children}</div>
    </Paper>
  );
}

/** A number that matters, with what it counts. */
export function Figure({
  label,
  value,
  note,
}: {
  label: string;
  value: ReactNode;
  note?: ReactNode;
}) {
  return (
    <Stack gap={0}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text fw={600} fz={20} lh={1.3} component="div">
        {value}
      </Text>
      {note && (
        <Text size="xs" c="dimmed" component="div">
          {note}
        </Text>
      )}
    </Stack>
  );
}
