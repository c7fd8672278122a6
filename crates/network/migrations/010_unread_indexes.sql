-- Who keeps a copy reads `network_feed`; nothing asks by these times any more, and every change of an access wrote them.
drop index network_account_changed;
drop index network_access_changed;
