//! The bench: how fast, at what price in CPU, beside the program that most providers run today.
//!
//! **Owns** the load generator (a process apart that checks every reply), starting and stopping the
//! opponents with data folders and ports of their own, CPU and fsync counting, the tables of ratios.
//! **Never** measures without checking the answers, keeps a figure from another run, or sends a packet
//! to another machine.
//! **Enter here:** [`load::run`], [`compare::logins`], [`compare::accounting`], [`business::measure`],
//! [`live::measure`], [`engines::measure`].

pub mod account;
pub mod business;
pub mod compare;
pub mod engines;
pub mod histogram;
pub mod inprocess;
pub mod live;
pub mod load;
pub mod opponent;
pub mod process;
pub mod report;
pub mod respond;
pub mod seed;
