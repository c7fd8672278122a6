-- What a guest paid becomes income when the pass is over.
alter table billing_voucher add column deferred_base bigint;
alter table billing_voucher add column deferred_until {DAY};
alter table billing_voucher add column recognised_on {DAY};
create index billing_voucher_deferred on billing_voucher (deferred_until)
  where deferred_base is not null and recognised_on is null;
