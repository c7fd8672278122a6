// Buttons that act: disabled with a reason rather than hidden; harm is asked about first.
import { Button, type ButtonProps, Group, Stack, Text, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import type { Verdict } from '@/lib/can';
import { useRequestKey } from '@/lib/request-key';
import { problemText } from './states';
import { Modal } from './windows';

/** What opens over the page comes after it. */
const Hint = lazy(async () => ({ default: (await import('./hint')).Tooltip }));

type ActionProps = ButtonProps & {
  verdict?: Verdict;
  onClick: () => void;
  children: ReactNode;
};

/** A button; when it is not allowed, it says why on hover and to a screen reader. */
export function ActionButton({ verdict, onClick, children, ...rest }: ActionProps) {
  if (!verdict || verdict.allowed) {
    return (
      <Button onClick={onClick} {...rest}>
        {children}
      </Button>
    );
  }
  const button = (
    <Button
      {...rest}
      data-disabled
      aria-disabled
      aria-description={verdict.reason}
      onClick={(event) => event.preventDefault()}
    >
      {children}
    </Button>
  );
  return (
    <Suspense fallback={button}>
      <Hint label={verdict.reason} events={{ hover: true, focus: true, touch: true }}>
        {button}
      </Hint>
    </Suspense>
  );
}

type ConfirmProps = Omit<ActionProps, 'onClick'> & {
  title: string;
  text: ReactNode;
  confirm: string;
  /** Asks for a reason and passes it on. */
  reason?: string;
  /** The key is the same however often this is confirmed, until it is answered. */
  onConfirm: (reason: string, key: string) => Promise<unknown>;
};

/** A button that asks before it acts, and stays open with the refusal when the server refuses. */
export function ConfirmAction(props: ConfirmProps) {
  const { title, text, confirm, reason, onConfirm, ...button } = props;
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <ActionButton {...button} onClick={open} />
      <Modal opened={opened} onClose={close} title={title}>
        <ConfirmBody
          text={text}
          confirm={confirm}
          reason={reason}
          color={button.color ?? 'teal'}
          onConfirm={onConfirm}
          close={close}
        />
      </Modal>
    </>
  );
}

type BodyProps = Pick<ConfirmProps, 'text' | 'confirm' | 'reason' | 'onConfirm'> & {
  color: ButtonProps['color'];
  close: () => void;
};

function ConfirmBody({ text, confirm, reason, color, onConfirm, close }: BodyProps) {
  const { t } = useTranslation();
  const [why, setWhy] = useState('');
  const [refusal, setRefusal] = useState('');
  const [busy, setBusy] = useState(false);
  const request = useRequestKey();
  const send = async () => {
    setBusy(true);
    try {
      await onConfirm(why.trim(), request.key());
      request.done();
      close();
    } catch (error) {
      if (!Problem.from(error).passes) request.done();
      setRefusal(problemText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Stack>
        <Text size="sm" component="div">
          {text}
        </Text>
        {reason && (
          <Textarea
            label={reason}
            required
            autosize
            minRows={2}
            value={why}
            data-autofocus
            onChange={(event) => setWhy(event.currentTarget.value)}
          />
        )}
        {refusal && (
          <Text c="red" size="sm" role="alert">
            {refusal}
          </Text>
        )}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={close}>
            {t('cancel')}
          </Button>
          <Button
            type="submit"
            color={color}
            loading={busy}
            disabled={Boolean(reason) && !why.trim()}
          >
            {confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
