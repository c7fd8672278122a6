-- Findings about one record, by our id or by theirs: asked for at every comparison of it.
create index bridge_finding_local on bridge_finding (engine, subject, local_id);
create index bridge_finding_external on bridge_finding (engine, subject, external_id);

-- How many records an engine took in an hour of being told, as measured; the newest turns count most.
alter table bridge_engine add column told_per_hour bigint;
