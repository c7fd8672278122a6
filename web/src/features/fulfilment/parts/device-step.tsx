import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isForeign, readScan, type Scanned } from '@/lib/scan';
import { useJobs } from '@/pwa/device-copy';
import { useQueue } from '@/pwa/offline-queue';
import { Panel } from '@/ui/facts';
import { Icon } from '@/ui/icon';
import { Scanner } from '@/ui/scanner';
import { doubt, type Job, type JobNow, mayScan, needsDevice } from '../job-steps';
import type { Act } from './job-steps';
import { OwnDevice } from './own-device';

type Scan = { code: Scanned; typed: boolean };
type Props = { job: Job; now: JobNow; act: Act };

/** The modem: put there, changed at a repair, or taken along at a dismantling. */
export function DeviceStep({ job, now, act }: Props) {
  const { t } = useTranslation('fulfilment');
  const [again, setAgain] = useState(false);
  if (!mayScan(job)) return null;
  const optional = !needsDevice(job);
  const title = t(job.kind === 'dismantle' ? 'device_back' : optional ? 'device_change' : 'device');
  const open = !now.hasDevice ? !optional || again : again;
  return (
    <Panel
      title={
        <Group gap={8}>
          {now.hasDevice && <Icon name="check" size={18} />}
          {title}
        </Group>
      }
    >
      {open ? (
        <ScanDevice job={job} act={act} done={() => setAgain(false)} />
      ) : (
        <Group justify="space-between">
          <Text className={now.hasDevice ? 'serial' : undefined} size="sm">
            {now.hasDevice ? now.device : t(`device_hint_${job.kind}` as never)}
          </Text>
          <Button variant="default" size="md" onClick={() => setAgain(true)}>
            {now.hasDevice ? t('scan_again') : t('scan_device')}
          </Button>
        </Group>
      )}
    </Panel>
  );
}

function ScanDevice({ job, act, done }: { job: Job; act: Act; done: () => void }) {
  const { t } = useTranslation('fulfilment');
  const jobs = useJobs();
  const { ops } = useQueue();
  const [scan, setScan] = useState<Scan | null>(null);
  const [foreign, setForeign] = useState('');
  const send = ({ code, typed }: Scan, reason?: string) => {
    void act({
      kind: 'scan',
      [code.kind]: code.value,
      ...(typed ? { how: 'typed', reason } : { how: 'scanned' }),
    });
    setScan(null);
    done();
  };
  const bag = jobs.data?.value.bag;
  const against = (code: Scanned) => (bag ? doubt(job, code, bag, ops) : null);
  const onCode = (text: string, typed: boolean) => {
    const code = readScan(text);
    setForeign(code && isForeign(text) ? text.slice(0, 60) : '');
    if (!code || isForeign(text)) return setScan(null);
    const found = { code, typed };
    if (typed || against(code)) setScan(found);
    else send(found);
  };
  return (
    <Stack>
      <Scanner
        label={t('scan_device')}
        placeholder={t('scan_device_hint')}
        onCode={onCode}
        error={foreign && t('scan_foreign', { text: foreign })}
        once
      />
      {scan && (
        <Confirm
          key={scan.code.value}
          scan={scan}
          doubt={against(scan.code)}
          send={(reason) => send(scan, reason)}
        />
      )}
      <OwnDevice job={job} act={act} done={done} />
    </Stack>
  );
}

/** A device that the phone does not know from the bag, or a typed serial with its reason. */
function Confirm(props: {
  scan: Scan;
  doubt: ReturnType<typeof doubt>;
  send: (reason?: string) => void;
}) {
  const { t } = useTranslation('fulfilment');
  const [reason, setReason] = useState('');
  const { code, typed } = props.scan;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        props.send(typed ? reason.trim() : undefined);
      }}
    >
      <Stack gap={8}>
        {props.doubt && (
          <Alert color="amber" icon={<Icon name="warning" />} role="alert">
            {t(`doubt_${props.doubt}`, { serial: code.value })}
          </Alert>
        )}
        {typed && (
          <>
            <Text size="sm">{t('typed_text', { serial: code.value })}</Text>
            <TextInput
              label={t('typed_reason')}
              required
              autoFocus
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </>
        )}
        <Button type="submit" size="md" disabled={typed && !reason.trim()}>
          {props.doubt ? t('use_anyway') : t('typed_use')}
        </Button>
      </Stack>
    </form>
  );
}
