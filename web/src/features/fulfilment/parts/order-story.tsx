import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { useLang } from '@/locales';
import { formatDay } from '@/lib/day';
import { Panel } from '@/ui/facts';
import type { IconName } from '@/ui/icon';
import { Timeline } from '@/ui/timeline';

const ICON: Record<string, IconName> = {
  done: 'check',
  failed: 'warning',
  cancelled: 'close',
  scanned: 'scan',
  on_the_way: 'truck',
  on_site: 'pin',
  signal: 'network',
  used: 'box',
};

/** What happened on the order, newest first; by the technician's clock. */
export function OrderStory({ story }: { story: Schemas['WorkOrderStep'][] }) {
  const { t, i18n } = useTranslation('fulfilment');
  const lang = useLang();
  const word = (step: string) =>
    i18n.exists(`fulfilment:step_${step}`) ? t(`step_${step}` as never) : step;
  const detail = (step: Schemas['WorkOrderStep']) =>
    /^\d{4}-\d\d-\d\d$/.test(step.detail ?? '') ? formatDay(step.detail ?? '', lang) : step.detail;
  const newest = [...story].reverse();
  return (
    <Panel title={t('story')}>
      {story.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('story_empty')}
        </Text>
      )}
      <Timeline
        items={newest.map((step, index) => ({
          key: `${step.recorded_at}-${index}`,
          at: step.occurred_at,
          icon: ICON[step.step] ?? 'clock',
          title: word(step.step),
          note: [
            step.by,
            detail(step),
            step.visit > 1 ? t('visit_number', { n: step.visit }) : null,
          ]
            .filter(Boolean)
            .join(' · '),
        }))}
      />
    </Panel>
  );
}
