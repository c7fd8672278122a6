-- What the list of sessions is sorted by. Bytes have no index: every report would write it.
create index network_session_by_start on network_session (started_at, id);
