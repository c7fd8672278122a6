create index network_account_customer on network_account (customer_id);
