-- What a plan sells to who has used up the quota of a period: bytes more in it, and their price.
create table catalog_quota_top_up (
  plan_id {ID} primary key references catalog_plan (id),
  bytes bigint not null,
  price bigint not null
);
