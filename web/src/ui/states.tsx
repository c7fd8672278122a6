// What stands where there is nothing, nothing yet, or nothing for this person.
import { Alert, Button, Center, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { i18n } from '@/locales';
import { Icon, type IconName } from './icon';

/** The sentence of a problem: the server's own, else the general one of its code; then what is wrong with each field. */
export function problemText(thrown: unknown, fields = Problem.from(thrown).fields): string {
  const problem = Problem.from(thrown);
  const key = `problem:${problem.code}`;
  const known = i18n.exists(key) ? i18n.t(key as never) : i18n.t('problem:unexpected');
  const wrong = fields.map((field) => `${field.name}: ${field.detail}`);
  return [problem.detail || known, ...wrong].join(' ');
}

/** A place without rows: says what will stand here, and offers the one action that fills it. */
export function Empty({
  icon = 'box',
  title,
  hint,
  action,
}: {
  icon?: IconName;
  title: string;
  hint?: string;
  action?: ReactNode;
}) {
  return (
    <Center py={48} px="md">
      <Stack align="center" gap={8} maw={420}>
        <span className="quiet">
          <Icon name={icon} size={32} />
        </span>
        <Text fw={600} ta="center">
          {title}
        </Text>
        {hint && (
          <Text c="dimmed" size="sm" ta="center">
            {hint}
          </Text>
        )}
        {action}
      </Stack>
    </Center>
  );
}

/** Rows on their way. */
export function Loading({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap={8} p="md" role="status" aria-label={t('loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={24} radius="sm" />
      ))}
    </Stack>
  );
}

/** What went wrong, what is safe, and the way out. */
export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  const { t } = useTranslation(['common', 'problem']);
  const problem = Problem.from(error);
  if (problem.status === 403) return <NoPermission />;
  return (
    <Alert
      color={problem.passes ? 'amber' : 'red'}
      icon={<Icon name={problem.code === 'network' ? 'offline' : 'warning'} />}
      title={problem.status === 404 ? t('problem:not_found_title') : t('problem:title')}
      m="md"
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{problemText(problem)}</Text>
        {again && problem.passes && (
          <Button size="xs" variant="light" color="gray" onClick={again}>
            {t('again')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** The page exists, but is not for this person. */
export function NoPermission() {
  const { t } = useTranslation();
  return <Empty icon="lock" title={t('no_permission')} hint={t('no_permission_hint')} />;
}

/** The head of a page: what it is, and what can be done here. */
export function PageHead({
  title,
  note,
  badge,
  children,
}: {
  title: ReactNode;
  note?: ReactNode;
  badge?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <Group justify="space-between" align="flex-end" gap="sm" mb="md" wrap="wrap">
      <Stack gap={2}>
        <Group gap="sm">
          <Title order={1}>{title}</Title>
          {badge}
        </Group>
        {note && (
          <Text c="dimmed" size="sm" component="div">
            {note}
          </Text>
        )}
      </Stack>
      {children && <Group gap={8}>{children}</Group>}
    </Group>
  );
}
