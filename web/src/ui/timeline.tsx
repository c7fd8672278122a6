import { Timeline as MantineTimeline, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Instant } from './day';
import { Icon, type IconName } from './icon';

export type TimelineItem = {
  key: string;
  at: string | null;
  icon: IconName;
  title: ReactNode;
  note?: ReactNode;
  color?: string;
};

/** What happened, newest first. */
export function Timeline({ items }: { items: TimelineItem[] }) {
  return (
    <MantineTimeline active={items.length} color="gray.5" bulletSize={24} lineWidth={1}>
      {items.map((item) => (
        <MantineTimeline.Item
          key={item.key}
          color={item.color ?? 'gray.6'}
          bullet={<Icon name={item.icon} size={14} />}
          title={
            <Text size="sm" component="div">
              {item.title}
            </Text>
          }
        >
          <Text size="xs" c="dimmed" component="div">
            {item.at && <Instant at={item.at} />}
            {item.at && item.note ? ' · ' : ''}
            {item.note}
          </Text>
        </MantineTimeline.Item>
      ))}
    </MantineTimeline>
  );
}
