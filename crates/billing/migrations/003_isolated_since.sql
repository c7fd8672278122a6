-- Since when the subscription has been isolated without a break, over changes of its holds.
alter table billing_isolation add column isolated_since {TS};
update billing_isolation set isolated_since = from_at;
