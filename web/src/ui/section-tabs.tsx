// Places side by side under a page's head; on a narrow phone they scroll, and the one shown is in sight.
import { Tabs } from '@mantine/core';
import { useEffect, useRef } from 'react';

type Props<T extends string> = {
  value: T;
  tabs: readonly { value: T; label: string }[];
  onChange: (to: T) => void;
  label?: string;
  mb?: string | number;
};

export function SectionTabs<T extends string>({
  value,
  tabs,
  onChange,
  label,
  mb = 'md',
}: Props<T>) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const frame = list.current;
    const shown = frame?.querySelector<HTMLElement>('[data-active]');
    if (!frame || !shown) return;
    const bring = () => {
      const middle = shown.offsetLeft - frame.offsetLeft + shown.offsetWidth / 2;
      frame.scrollLeft = middle - frame.clientWidth / 2;
    };
    // also when the phone is turned
    const watch = new ResizeObserver(bring);
    watch.observe(frame);
    return () => watch.disconnect();
  }, [value]);
  return (
    <Tabs mb={mb} value={value} onChange={(to) => to && onChange(to as T)}>
      <Tabs.List
        ref={list}
        aria-label={label}
        style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}
      >
        {tabs.map((tab) => (
          <Tabs.Tab key={tab.value} value={tab.value}>
            {tab.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
