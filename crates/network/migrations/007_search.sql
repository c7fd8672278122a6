-- Accounts and open sessions are searched by the beginning of name, MAC and address.
create index network_account_name on network_account (username {EXACT});
create index network_account_mac on network_account (mac {EXACT}) where mac is not null;
create index network_session_open_name on network_session (username {EXACT}) where state <> 'closed';
create index network_session_open_mac on network_session (mac {EXACT}) where state <> 'closed';
create index network_session_open_ip on network_session (framed_ip {EXACT}) where state <> 'closed';
