// Picking a day, or typing it as people write it; its calendar and its style come with the pages that pick one.
import { DateInput as Input, type DateInputProps, DatesProvider } from '@mantine/dates';
import '@mantine/dates/styles.css';
import 'dayjs/locale/id';
import { formatDay, parseDay } from '@/lib/day';
import { useLang } from '@/locales';

export function DateInput(props: DateInputProps) {
  const lang = useLang();
  return (
    <DatesProvider settings={{ locale: lang, firstDayOfWeek: 1 }}>
      <Input
        valueFormat={(day) => formatDay(day.slice(0, 10), lang)}
        dateParser={parseDay}
        {...props}
      />
    </DatesProvider>
  );
}
