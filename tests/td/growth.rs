//! What stays behind when sessions have gone.

use std::fs;
use std::path::Path;

use crate::stage::Stage;

/// What a process holds, as its system counts it.
#[derive(Debug)]
struct Held {
    threads: usize,
    descriptors: usize,
    resident_kib: usize,
}

impl Held {
    /// `None` where there is no `/proc`.
    fn now() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(Self {
            threads: number("Threads:")?,
            descriptors: fs::read_dir(Path::new("/proc/self/fd")).ok()?.count(),
            resident_kib: number("VmRSS:")?,
        })
    }
}

/// Runs alone: other cases would be counted too.
pub(crate) async fn fifty_logins_leave_nothing_behind() {
    let stage = Stage::new().await;
    let phone = stage.person(1, None);
    let mut after_five = None;
    for number in 1..=50 {
        let session = stage.session(&format!("account {number}"), &phone).await;
        session.log_out().await.unwrap();
        if number == 5 {
            after_five = Held::now();
        }
    }
    let Some((before, after)) = after_five.zip(Held::now()) else { return };
    eprintln!("after 5 logins {before:?}, after 50 {after:?}");
    assert!(after.threads <= before.threads, "{before:?} became {after:?}");
    // Connections of the last session may still be closing.
    assert!(after.descriptors <= before.descriptors + 8, "{before:?} became {after:?}");
    assert!(after.resident_kib <= before.resident_kib + 16 * 1024, "{before:?} became {after:?}");
}
