//! The API as a client sees it, on a real database, without sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

mod catalog;
mod cli;
mod cli_backup;
mod cli_import;
mod cli_quote;
mod commands;
mod documents;
mod drift;
mod estate;
mod house;
mod http_billing;
mod http_bulk;
mod http_cash;
mod http_changes;
mod http_crm;
mod http_customers;
mod http_engines;
mod http_engines_proof;
mod http_engines_stock;
mod http_figures;
mod http_fulfilment;
mod http_gateway;
mod http_hr;
mod http_inventory;
mod http_journal;
mod http_lists;
mod http_network;
mod http_partner;
mod http_pay;
mod http_portal;
mod http_purchases;
mod http_tickets;
mod http_views;
mod http_why;
mod http_why_cases;
mod idempotency;
mod identity;
mod isp;
mod matrix;
mod nonsense;
mod race;
mod race_exact;
mod sockets;
mod street;
mod walk;
mod web;
