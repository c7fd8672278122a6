//! What the generator saw.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Options;
use crate::histogram::Histogram;

/// What a reply that is right in every respect says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Rejected,
    Recorded,
}

/// The result of one run. Rates, times and CPU are of the measured window; `wrong`, `lost`, `resent`
/// and `refused` count from the first packet to the last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub seconds: f64,
    /// Accepts, or recorded accounting requests.
    pub good: u64,
    pub rejected: u64,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// Replies that were wrong, by reason.
    pub wrong: BTreeMap<String, u64>,
    /// Requests that were never answered.
    pub lost: u64,
    pub resent: u64,
    /// Second answers to requests that were sent again.
    pub duplicates: u64,
    pub refused: u64,
    /// CPU milliseconds of each process asked for, in order.
    pub server_cpu_ms: Vec<f64>,
    /// CPU microseconds of all these processes for each good answer.
    pub cpu_us_per_good: f64,
    pub generator_cpu_ms: f64,
}

impl Outcome {
    /// Whether every answer was right and none was missing.
    pub fn is_clean(&self) -> bool {
        self.good > 0 && self.rejected == 0 && self.lost == 0 && self.wrong.is_empty()
    }
}

#[derive(Debug)]
struct Mark {
    at: Instant,
    server: Vec<Duration>,
    own: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    opened: Option<Mark>,
    closed: Option<Mark>,
    times: Histogram,
    good: u64,
    rejected: u64,
    wrong: BTreeMap<&'static str, u64>,
    lost: u64,
    resent: u64,
    duplicates: u64,
    refused: u64,
}

impl Tally {
    pub(super) fn open(&mut self, at: Instant, server: Vec<Duration>, own: Duration) {
        self.opened = Some(Mark { at, server, own });
    }
    pub(super) fn close(&mut self, at: Instant, server: Vec<Duration>, own: Duration) {
        self.closed = Some(Mark { at, server, own });
    }
    pub(super) const fn is_open(&self) -> bool {
        self.opened.is_some()
    }
    pub(super) const fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// A right answer; outside the window it is only checked.
    pub(super) fn answered(&mut self, verdict: Verdict, took: Duration) {
        if !self.is_open() || self.is_closed() {
            return;
        }
        match verdict {
            Verdict::Accepted | Verdict::Recorded => self.good += 1,
            Verdict::Rejected => self.rejected += 1,
        }
        self.times.add(took);
    }
    pub(super) fn wrong(&mut self, why: &'static str) {
        *self.wrong.entry(why).or_default() += 1;
    }
    pub(super) const fn lost(&mut self) {
        self.lost += 1;
    }
    pub(super) const fn resent(&mut self) {
        self.resent += 1;
    }
    pub(super) const fn duplicate(&mut self) {
        self.duplicates += 1;
    }
    pub(super) const fn refused(&mut self) {
        self.refused += 1;
    }

    pub(super) fn outcome(&self, options: &Options) -> Outcome {
        let (Some(from), Some(to)) = (&self.opened, &self.closed) else {
            return Outcome::default();
        };
        let seconds = (to.at - from.at).as_secs_f64();
        let used: Vec<f64> = from
            .server
            .iter()
            .zip(&to.server)
            .map(|(from, to)| ms(to.saturating_sub(*from)))
            .collect();
        let good = self.good as f64;
        let quantile = |share| ms(self.times.quantile(share));
        debug_assert_eq!(used.len(), options.pids.len());
        Outcome {
            seconds,
            good: self.good,
            rejected: self.rejected,
            per_second: good / seconds,
            p50_ms: quantile(0.5),
            p95_ms: quantile(0.95),
            p99_ms: quantile(0.99),
            max_ms: ms(self.times.max()),
            wrong: self.wrong.iter().map(|(why, n)| ((*why).to_owned(), *n)).collect(),
            lost: self.lost,
            resent: self.resent,
            duplicates: self.duplicates,
            refused: self.refused,
            cpu_us_per_good: used.iter().sum::<f64>() * 1000.0 / good.max(1.0),
            server_cpu_ms: used,
            generator_cpu_ms: ms(to.own.saturating_sub(from.own)),
        }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
