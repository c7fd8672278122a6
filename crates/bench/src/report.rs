//! Tables: median and worst of the turns, and the ratios between servers of the same turns.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::compare::Plan;
use crate::load::Outcome;
use crate::opponent::Running;

/// One line of the table: which server did what in which variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Case {
    pub server: String,
    pub what: String,
    pub variant: String,
}

impl Case {
    pub fn new(server: &str, what: &str, variant: &str) -> Self {
        Self { server: server.to_owned(), what: what.to_owned(), variant: variant.to_owned() }
    }
}

#[derive(Clone, Debug, Default, Serialize)]
struct Turns {
    outcomes: Vec<Outcome>,
    fsyncs: Vec<u64>,
    memory_mb_peak: f64,
    /// The machine's load average when the turn ended: figures taken beside other work are worse.
    load_average: Vec<f64>,
}

/// Collects the turns of a comparison.
#[derive(Debug)]
pub struct Report {
    title: String,
    plan: String,
    out: PathBuf,
    order: Vec<Case>,
    cases: BTreeMap<Case, Turns>,
}

impl Report {
    pub fn new(title: &str, plan: &Plan) -> Self {
        let text = format!(
            "{} accounts, {} requests under way, {} s a turn after {} s of warming up, {} turns",
            plan.accounts, plan.outstanding, plan.seconds, plan.warm_up, plan.rounds
        );
        Self {
            title: title.to_owned(),
            plan: text,
            out: plan.out.clone(),
            order: Vec::new(),
            cases: BTreeMap::new(),
        }
    }

    /// Adds one turn and says it on standard error.
    ///
    /// # Errors
    /// When an answer was wrong, rejected or missing: a figure of such a turn means nothing.
    pub fn add(&mut self, case: Case, outcome: Outcome, running: &Running) -> Result<()> {
        let Case { server, what, variant } = &case;
        eprintln!(
            "{server:<22} {what:<10} {variant:<8} {:>8.0}/s  p99 {:>7.2} ms  {:>7.2} us CPU each  \
             generator {:>3.0} %",
            outcome.per_second,
            outcome.p99_ms,
            outcome.cpu_us_per_good,
            outcome.generator_cpu_ms / outcome.seconds / 10.0,
        );
        ensure!(outcome.is_clean(), "{server}, {what}: not every answer was right: {outcome:?}");
        let peak = running.memory()?.peak as f64 / 1e6;
        let turns = self.turns(&case);
        turns.memory_mb_peak = turns.memory_mb_peak.max(peak);
        turns.load_average.extend(load_average());
        turns.outcomes.push(outcome);
        Ok(())
    }

    /// Adds the number of fsyncs of one turn.
    pub fn fsyncs(&mut self, case: &Case, count: u64) {
        self.turns(case).fsyncs.push(count);
    }

    fn turns(&mut self, case: &Case) -> &mut Turns {
        if !self.order.contains(case) {
            self.order.push(case.clone());
        }
        self.cases.entry(case.clone()).or_default()
    }

    /// Prints the tables and writes them to `NAME.md` and `NAME.json`.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, name: &str) -> Result<()> {
        let text = self.markdown()?;
        println!("{text}");
        std::fs::create_dir_all(&self.out).context("the folder for the tables")?;
        std::fs::write(self.out.join(format!("{name}.md")), &text)?;
        let all: Vec<(&Case, &Turns)> = self.cases.iter().collect();
        let json = serde_json::to_vec_pretty(&all)?;
        std::fs::write(self.out.join(format!("{name}.json")), json)?;
        Ok(())
    }

    fn markdown(&self) -> Result<String> {
        let mut text = format!("# {}\n\n{}.\n\n", self.title, self.plan);
        text.push_str(
            "| server | what | | per second: median (min) | p50 ms | p95 ms | p99 ms | CPU us each: \
             median (max) | fsyncs/s | resent | peak MB | load |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for case in &self.order {
            let Some(turns) = self.cases.get(case) else { continue };
            let of = |field: fn(&Outcome) -> f64| Spread::of(turns.outcomes.iter().map(field));
            let (rate, cpu) = (of(|o| o.per_second), of(|o| o.cpu_us_per_good));
            let fsyncs = turns.fsyncs.iter().zip(&turns.outcomes);
            let fsyncs = Spread::of(fsyncs.map(|(n, o)| *n as f64 / o.seconds));
            let fsyncs = fsyncs.map_or_else(String::new, |f| format!("{:.0}", f.median));
            let resent: u64 = turns.outcomes.iter().map(|o| o.resent).sum();
            let load = Spread::of(turns.load_average.iter().copied()).unwrap_or_default();
            let (rate, cpu) = (rate.unwrap_or_default(), cpu.unwrap_or_default());
            writeln!(
                text,
                "| {} | {} | {} | {:.0} ({:.0}) | {:.2} | {:.2} | {:.2} | {:.2} ({:.2}) | {fsyncs} | \
                 {resent} | {:.0} | {:.1} |",
                case.server,
                case.what,
                case.variant,
                rate.median,
                rate.min,
                of(|o| o.p50_ms).unwrap_or_default().median,
                of(|o| o.p95_ms).unwrap_or_default().median,
                of(|o| o.p99_ms).unwrap_or_default().median,
                cpu.median,
                cpu.max,
                turns.memory_mb_peak,
                load.median,
            )?;
        }
        self.write_ratios(&mut text)?;
        Ok(text)
    }

    /// How much better the first server of the table is than each other one in the same case: by the
    /// medians, and at worst by its worst turn against the other's best.
    fn write_ratios(&self, text: &mut String) -> Result<()> {
        let Some(own) = self.order.first().map(|case| case.server.as_str()) else { return Ok(()) };
        let others = || self.order.iter().filter(|case| case.server != own);
        if others().next().is_none() {
            return Ok(());
        }
        writeln!(text, "\n## {own}, compared\n")?;
        text.push_str(
            "| with | what | | per second: median (worst) | CPU each: median (worst) |\n",
        );
        text.push_str("|---|---|---|---|---|\n");
        for other in others() {
            let same = Case { server: own.to_owned(), ..other.clone() };
            let (Some(ours), Some(theirs)) = (self.cases.get(&same), self.cases.get(other)) else {
                continue;
            };
            let of = |turns: &Turns, field: fn(&Outcome) -> f64| {
                Spread::of(turns.outcomes.iter().map(field)).unwrap_or_default()
            };
            let (rate, their_rate) = (of(ours, |o| o.per_second), of(theirs, |o| o.per_second));
            let (cpu, their_cpu) =
                (of(ours, |o| o.cpu_us_per_good), of(theirs, |o| o.cpu_us_per_good));
            writeln!(
                text,
                "| {} | {} | {} | {:.1} x ({:.1} x) | {:.1} x ({:.1} x) |",
                other.server,
                other.what,
                other.variant,
                rate.median / their_rate.median,
                rate.min / their_rate.max,
                their_cpu.median / cpu.median,
                their_cpu.min / cpu.max,
            )?;
        }
        Ok(())
    }
}

/// Median and ends of some figures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

impl Spread {
    fn of(figures: impl Iterator<Item = f64>) -> Option<Self> {
        let mut all: Vec<f64> = figures.collect();
        all.sort_by(f64::total_cmp);
        let (min, max) = (*all.first()?, *all.last()?);
        let (low, high) = (all.get((all.len() - 1) / 2)?, all.get(all.len() / 2)?);
        Some(Self { min, median: f64::midpoint(*low, *high), max })
    }
}

fn load_average() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert_eq!(Spread::of([].into_iter()), None);
        let three = Spread::of([3.0, 1.0, 2.0].into_iter());
        assert_eq!(three, Some(Spread { min: 1.0, median: 2.0, max: 3.0 }));
        let four = Spread::of([4.0, 1.0, 2.0, 3.0].into_iter()).map(|s| s.median);
        assert_eq!(four, Some(2.5));
    }
}
