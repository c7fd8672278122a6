//! Times in buckets that grow with the time: three significant bits lost at most, no allocation.

use std::time::Duration;

/// Each doubling of the time is split into this many buckets: values are right within 1.6 %.
const PER_OCTAVE: u64 = 64;
const OCTAVES: u64 = 34;

/// Counts of durations from a microsecond to some hours.
#[derive(Clone, Debug)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: Duration,
}

impl Default for Histogram {
    fn default() -> Self {
        let buckets = usize::try_from(PER_OCTAVE * OCTAVES).unwrap_or(0);
        Self { buckets: vec![0; buckets], count: 0, max: Duration::ZERO }
    }
}

impl Histogram {
    /// Counts one duration.
    pub fn add(&mut self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let last = self.buckets.len().saturating_sub(1);
        let index = usize::try_from(index(us)).unwrap_or(last).min(last);
        if let Some(bucket) = self.buckets.get_mut(index) {
            *bucket += 1;
        }
        self.count += 1;
        self.max = self.max.max(took);
    }

    /// How many durations were counted.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The longest, exactly.
    pub const fn max(&self) -> Duration {
        self.max
    }

    /// The time that this share (0 to 1) of the durations does not exceed, as the upper end of its
    /// bucket; zero when nothing was counted.
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = ((self.count as f64) * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (at, bucket) in (0u64..).zip(&self.buckets) {
            seen += bucket;
            if seen >= wanted && *bucket > 0 {
                return Duration::from_micros(upper(at)).min(self.max);
            }
        }
        self.max
    }
}

fn index(us: u64) -> u64 {
    if us < PER_OCTAVE {
        return us;
    }
    let shift = u64::from(us.ilog2() - PER_OCTAVE.ilog2());
    (shift + 1) * PER_OCTAVE + ((us >> shift) - PER_OCTAVE)
}

fn upper(index: u64) -> u64 {
    if index < PER_OCTAVE {
        return index;
    }
    let shift = index / PER_OCTAVE - 1;
    ((index % PER_OCTAVE + PER_OCTAVE + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lies_in_its_bucket_and_the_bucket_is_narrow() {
        for us in (0..100_000).chain((17..33).map(|bit| 1 << bit)).chain([(1 << 33) - 1]) {
            let end = upper(index(us));
            assert!(end >= us, "{us} -> {end}");
            assert!((end - us) as f64 <= us as f64 / 64.0, "{us} -> {end}");
        }
    }

    #[test]
    fn quantiles_are_those_of_the_values() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), Duration::ZERO);
        for us in 1..=10_000 {
            histogram.add(Duration::from_micros(us));
        }
        for (share, us) in [(0.5, 5_000.0), (0.95, 9_500.0), (0.99, 9_900.0), (1.0, 10_000.0)] {
            let got = histogram.quantile(share).as_micros() as f64;
            assert!((got - us).abs() / us < 0.016, "{share}: {got}");
        }
        assert_eq!(histogram.max(), Duration::from_micros(10_000));
        assert_eq!(histogram.count(), 10_000);
    }
}
