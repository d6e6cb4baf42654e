//! Two ways of doing the same work, timed turn by turn in CPU time, so that a busy machine disturbs both alike.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What was measured of one piece of work.
pub struct Measured {
    pub ours: Duration,
    pub peers: Duration,
    /// The median over all rounds of ours / peer's in the same round.
    pub median_ratio: f64,
}

impl Measured {
    /// Best of all rounds against best of all rounds.
    pub fn best_ratio(&self) -> f64 {
        self.ours.as_secs_f64() / self.peers.as_secs_f64()
    }
}

/// Runs both `rounds` times (at least once), the order changing from round to round.
pub fn alternate(rounds: usize, mut ours: impl FnMut(), mut peers: impl FnMut()) -> Measured {
    ours();
    peers();
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds.max(1) {
        times.push(if round % 2 == 0 {
            let first = cpu_time(&mut ours);
            (first, cpu_time(&mut peers))
        } else {
            let second = cpu_time(&mut peers);
            (cpu_time(&mut ours), second)
        });
    }
    let best = |of: fn(&(Duration, Duration)) -> Duration| times.iter().map(of).min().unwrap_or_default();
    let mut ratios: Vec<f64> = times.iter().map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    Measured { ours: best(|t| t.0), peers: best(|t| t.1), median_ratio: ratios[ratios.len() / 2] }
}

fn cpu_time(work: &mut impl FnMut()) -> Duration {
    let before = now();
    work();
    now() - before
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
