// The ISP's rules. Empty: the built-in rule, shown beside the field.
import { NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '@/api/client';
import { useCan } from '@/api/session';
import { Panel } from '@/ui/facts';
import { FormBody } from '@/ui/form';
import { SetupHead } from '@/ui/setup-head';
import { Failed, Loading } from '@/ui/states';

type Rules = Schemas['PolicyFields'];

const GROUPS = {
  billing: [
    'issue_dom',
    'due_dom',
    'isolate_dom',
    'isolate_minute',
    'prepaid_days_ahead',
    'prepaid_late',
    'tolerance',
    'grace_days_after_reversal',
    'unpaid_days_to_terminate',
    'four_eyes',
    'cash_needs_drawer',
    'cash_difference_limit',
  ],
  promise: ['promise_days_max', 'promises_per_quarter'],
  access: [
    'isolation_on',
    'guard_floor',
    'guard_silent_hours',
    'activation_auto',
    'mac_policy',
    'username_pattern',
    'interim_secs',
  ],
  tickets: [
    'ticket_urgent_minutes',
    'ticket_high_minutes',
    'ticket_normal_minutes',
    'ticket_low_minutes',
    'ticket_close_days',
    'work_from_minute',
    'work_until_minute',
  ],
  messages: ['messages_on', 'quiet_from_hour', 'quiet_until_hour'],
} as const satisfies Record<string, readonly (keyof Rules)[]>;

const CHOICES: Partial<Record<keyof Rules, string[]>> = {
  prepaid_late: ['full', 'from_payment'],
  mac_policy: ['scan', 'scan_confirm', 'off'],
};

const KEYS = Object.values(GROUPS).flat();

export function PolicyPage() {
  const found = api.useQuery('get', '/api/v1/policy', undefined, { refetchOnWindowFocus: false });
  return (
    <>
      <SetupHead at="policy" />
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.isPending && <Loading rows={8} />}
      {found.data && <RulesForm rules={found.data} />}
    </>
  );
}

function RulesForm({ rules }: { rules: Schemas['PolicyView'] }) {
  const { t } = useTranslation(['setup', 'common']);
  const can = useCan();
  const send = api.useMutation('put', '/api/v1/policy', { meta: { quiet: true } });
  const form = useForm<Record<string, string>>({
    initialValues: Object.fromEntries(KEYS.map((key) => [key, shown(rules.own[key])])),
  });
  const may = can('policy_write').allowed;
  const field = (key: (typeof KEYS)[number]) => {
    const builtIn = rules.in_force[key];
    const props = {
      label: t(`rule_${key}`),
      placeholder: word(t, key, builtIn),
      disabled: !may,
      ...form.getInputProps(key),
    };
    const set = (value: string | number | null) => form.setFieldValue(key, String(value ?? ''));
    if (typeof builtIn === 'number') {
      return <NumberInput key={key} {...props} hideControls allowDecimal={false} onChange={set} />;
    }
    const choices = typeof builtIn === 'boolean' ? ['true', 'false'] : CHOICES[key];
    if (choices) {
      return (
        <Select
          key={key}
          {...props}
          clearable
          data={choices.map((value) => ({ value, label: word(t, key, value) }))}
          value={form.values[key] || null}
          onChange={set}
        />
      );
    }
    return <TextInput key={key} {...props} />;
  };
  const fields = (Object.keys(GROUPS) as (keyof typeof GROUPS)[]).map((group) => (
    <Panel key={group} title={t(`rules_${group}`)}>
      <Stack maw={480}>{GROUPS[group].map(field)}</Stack>
    </Panel>
  ));
  if (!may) return <Stack>{fields}</Stack>;
  return (
    <FormBody
      form={form}
      submit={t('common:save')}
      wide
      onSubmit={async (values) => {
        const own = KEYS.filter((key) => values[key] !== '').map((key) => [
          key,
          read(values[key] ?? '', rules.in_force[key]),
        ]);
        // what this page does not show stays as it is
        const rest = Object.entries(rules.own).filter(([key]) => !KEYS.includes(key as never));
        await send.mutateAsync({ body: Object.fromEntries([...rest, ...own]) });
        notifications.show({ color: 'teal', message: t('rules_saved') });
      }}
    >
      {fields}
    </FormBody>
  );
}

type Value = string | number | boolean | null | undefined;

function shown(value: Value): string {
  return value === null || value === undefined ? '' : String(value);
}

/** As the kind of the rule in force has it. */
function read(text: string, like: Value): Value {
  if (typeof like === 'number') return Number(text);
  return typeof like === 'boolean' ? text === 'true' : text;
}

function word(
  t: ReturnType<typeof useTranslation<'setup'>>['t'],
  key: keyof Rules,
  value: Value,
): string {
  if (value === true || value === 'true') return t('yes');
  if (value === false || value === 'false') return t('no');
  if (CHOICES[key]) return t(`choice_${String(value)}` as never);
  return shown(value);
}
