// Forms: the server's refusals land on their fields, the rest on the form; Enter submits.
import {
  Alert,
  Button,
  type ButtonProps,
  Group,
  Stack,
  TextInput,
  type TextInputProps,
} from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { type FormEvent, type ReactNode, type Ref, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import type { Verdict } from '@/lib/can';
import { formatMoney, groupDigits, parseMoney } from '@/lib/money';
import { useRequestKey } from '@/lib/request-key';
import { ActionButton } from './action';
import { Icon } from './icon';
import { Loading, problemText } from './states';
import { Drawer } from './windows';

/** Puts a problem's fields on the form; what belongs to no field is returned as a sentence. */
export function landProblem<V extends Record<string, unknown>>(
  form: UseFormReturnType<V>,
  thrown: unknown,
): string {
  const problem = Problem.from(thrown);
  const known = Object.keys(form.getValues());
  const landed = problem.fields.filter((field) => known.includes(field.name));
  const lost = problem.fields.filter((field) => !known.includes(field.name));
  form.setErrors(Object.fromEntries(landed.map((field) => [field.name, field.detail])));
  if (problem.fields.length > 0 && lost.length === 0) return '';
  return problemText(problem, lost);
}

type FormBodyProps<V extends Record<string, unknown>> = {
  form: UseFormReturnType<V>;
  /** The key is the same for one filled form, however often it is sent. */
  onSubmit: (values: V, key: string) => Promise<unknown>;
  submit: string;
  cancel?: () => void;
  children: ReactNode;
  /** Buttons stand at the left. */
  wide?: boolean;
  /** One button over the whole width. */
  full?: boolean;
};

/** Fields, the refusal when there is one, and the buttons. */
export function FormBody<V extends Record<string, unknown>>(props: FormBodyProps<V>) {
  const { t } = useTranslation();
  const [refusal, setRefusal] = useState('');
  const [busy, setBusy] = useState(false);
  const request = useRequestKey();
  const send = async (values: V) => {
    setBusy(true);
    setRefusal('');
    try {
      await props.onSubmit(values, request.key());
      request.done();
    } catch (error) {
      // refused: nothing happened, the corrected form is another one; no answer: the same again
      if (!Problem.from(error).passes) request.done();
      setRefusal(landProblem(props.form, error));
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    props.form.onSubmit((values) => void send(values as V))(event);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {props.children}
        {refusal && (
          <Alert color="red" icon={<Icon name="warning" />} role="alert">
            {refusal}
          </Alert>
        )}
        <Group justify={props.wide ? 'flex-start' : 'flex-end'} gap={8}>
          {props.cancel && (
            <Button variant="default" onClick={props.cancel}>
              {t('cancel')}
            </Button>
          )}
          <Button
            type="submit"
            loading={busy}
            fullWidth={props.full}
            size={props.full ? 'md' : undefined}
          >
            {props.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A quick edit beside the page. */
export function FormDrawer({
  opened,
  close,
  title,
  children,
}: {
  opened: boolean;
  close: () => void;
  title: string;
  children: ReactNode;
}) {
  return (
    <Drawer opened={opened} onClose={close} title={title} padding="md">
      {opened && <Suspense fallback={<Loading rows={4} />}>{children}</Suspense>}
    </Drawer>
  );
}

type FormActionProps = Omit<ButtonProps, 'children'> & {
  /** On the button, and over the form when that has no title. */
  label: string;
  title?: string;
  verdict?: Verdict;
  children: (close: () => void) => ReactNode;
};

/** A button that opens a form beside the page. */
export function FormAction({
  label,
  title = label,
  verdict,
  children,
  ...button
}: FormActionProps) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <ActionButton verdict={verdict} onClick={open} {...button}>
        {label}
      </ActionButton>
      <FormDrawer opened={opened} close={close} title={title}>
        {children(close)}
      </FormDrawer>
    </>
  );
}

type MoneyInputProps = Omit<TextInputProps, 'value' | 'onChange' | 'defaultValue'> & {
  ref?: Ref<HTMLInputElement>;
  /** What was typed; read it with `parseMoney`. */
  value?: string;
  onChange?: (text: string) => void;
};

/** Takes 150000, 150.000 and Rp150.000, and shows what it understood. */
export function MoneyInput({ value = '', onChange, description, ...rest }: MoneyInputProps) {
  const amount = parseMoney(value);
  return (
    <TextInput
      {...rest}
      value={value}
      inputMode="numeric"
      autoComplete="off"
      description={description ?? (amount === null ? undefined : formatMoney(amount))}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      onChange={(event) => onChange?.(event.currentTarget.value)}
      onBlur={(event) => {
        const read = parseMoney(event.currentTarget.value);
        if (read !== null) onChange?.(groupDigits(read));
        rest.onBlur?.(event);
      }}
    />
  );
}
