-- Quota that was bought beside the plan's: it counts in the period of its payment while its invoice stays paid.
create table billing_quota_top_up (
  id {ID} primary key,
  subscription_id {ID} not null,
  invoice_id {ID},
  bytes bigint not null,
  ordered_at {TS} not null,
  paid_on {DAY}
);
create index billing_quota_top_up_of on billing_quota_top_up (subscription_id, paid_on);
create unique index billing_quota_top_up_invoice on billing_quota_top_up (invoice_id);
