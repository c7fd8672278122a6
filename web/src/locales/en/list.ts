import type { list as id } from '../id/list';
import type { SameKeys } from '../same-keys';

export const list: SameKeys<typeof id> = {
  export: 'Export',
  export_xlsx: 'Excel (XLSX)',
  export_csv: 'CSV',
  choose: 'Choose {{name}}',
  choose_page: 'Choose all on this page',
  chosen: '{{n}} chosen',
  choose_none: 'Choose none',
  preview: 'Check',
  previewing: 'Checking…',
  can: '{{n}} of {{all}} can be done',
  can_none: 'None of these can be done',
  sum: 'Sum',
  cannot: 'Not possible ({{n}})',
  progress: '{{n}} of {{all}}',
  stopped: 'Interrupted. What was done is not done again.',
  resume: 'Go on',
  did: '{{n}} done',
  failed: 'Failed ({{n}})',
  did_all: 'All done',
};
