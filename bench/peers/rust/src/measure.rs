// SPDX-License-Identifier: Apache-2.0
//! The method of ../../harness.h and ../peer.h, again.
use std::time::{Duration, Instant};

pub const CALLS_PER_LOOP: usize = 256;
const TICK: Duration = Duration::from_millis(20);

/// The least time of one call over `rounds` loops, in nanoseconds.
pub fn best_of_loops(rounds: usize, mut call: impl FnMut(usize), mut pause: impl FnMut()) -> f64 {
    let mut best = Duration::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        for i in 0..CALLS_PER_LOOP {
            call(i);
        }
        best = best.min(start.elapsed());
        pause();
    }
    best.as_nanos() as f64 / CALLS_PER_LOOP as f64
}

/// Makes as many calls as are due, once in each tick. Returns their number.
pub fn record_steadily(rate: u64, seconds: u64, mut call: impl FnMut(usize)) -> u64 {
    let begin = Instant::now();
    let end = begin + Duration::from_secs(seconds);
    let mut count = 0;
    while Instant::now() < end {
        let due = (begin.elapsed().as_secs_f64() * rate as f64) as u64;
        while count < due {
            call((count % CALLS_PER_LOOP as u64) as usize);
            count += 1;
        }
        std::thread::sleep(TICK);
    }
    count
}

/// CPU time of the whole process, user and system.
pub fn process_cpu_ns() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: getrusage fills what it is given, and RUSAGE_SELF is always valid.
    let usage = unsafe {
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()), 0);
        usage.assume_init()
    };
    let ns = |time: libc::timeval| time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1000;
    ns(usage.ru_utime) + ns(usage.ru_stime)
}
