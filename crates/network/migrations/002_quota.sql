-- A quota whose period is over begins anew: the next sweep asks the decision again for all that have one.
update network_access set recheck_at = changed_at
where desired <> 'blocked' and exists (
  select 1 from network_quota q
  where q.subscription_id = network_access.subscription_id and q.limit_bytes is not null);
