-- What each external id brought: the record it became, and a sealed digest of what its row said.
create table flows_import_row (
  kind text not null,
  external_id text not null,
  subject_id {ID} not null,
  print_sealed {BYTES} not null,
  imported_at {TS} not null,
  primary key (kind, external_id)
);

-- One row a file.
create table flows_import (
  id {ID} primary key,
  kind text not null,
  file text not null,
  created bigint not null,
  changed bigint not null,
  skipped bigint not null,
  at {TS} not null,
  actor text not null
);
