-- Which edition of a profile a session runs with: raised when its rates or attributes change.
alter table catalog_profile add column revision bigint not null default 0;
create table catalog_profile_past (
  profile_id {ID} not null references catalog_profile (id),
  revision bigint not null,
  rate_down_kbps bigint not null,
  rate_up_kbps bigint not null,
  attributes {JSON} not null,
  primary key (profile_id, revision)
);
