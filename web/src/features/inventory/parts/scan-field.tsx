import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Scanner } from '@/ui/scanner';
import type { useScanLines } from '../scan-lines';

/** Where lines come in, with what is to say about the last one. */
export function ScanField({ scan }: { scan: ReturnType<typeof useScanLines> }) {
  const { t } = useTranslation('inventory');
  return (
    <>
      <Scanner
        label={t('scan_serial')}
        placeholder={t('scan_serial_hint')}
        autoFocus
        error={scan.foreign ? t('scan_foreign', { text: scan.foreign }) : undefined}
        onCode={scan.add}
      />
      {scan.twice && (
        <Text size="sm" c="amber" role="status">
          {t('scan_twice', { serial: scan.twice })}
        </Text>
      )}
    </>
  );
}
