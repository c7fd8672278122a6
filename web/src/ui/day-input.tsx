// Picking a day; its calendar and its style come with the pages that pick one.
import { DateInput as Input, type DateInputProps, DatesProvider } from '@mantine/dates';
import '@mantine/dates/styles.css';
import 'dayjs/locale/id';
import { useLang } from '@/locales';

export function DateInput(props: DateInputProps) {
  return (
    <DatesProvider settings={{ locale: useLang(), firstDayOfWeek: 1 }}>
      <Input valueFormat="D MMM YYYY" {...props} />
    </DatesProvider>
  );
}
