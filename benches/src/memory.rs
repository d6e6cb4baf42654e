//! Peak memory of sealing a large file as a stream, taken from a process of its own.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use telegram_passport::vault::hazmat::{PassportSecret, Vault};

/// The word that makes this program seal one file and print its own peak memory.
pub const SEAL: &str = "--seal-and-report";

/// Peak resident memory in bytes.
pub struct Peak {
    pub sealing: u64,
    pub idle: u64,
}

/// Seals 100 MB, and nothing, each in a child process.
pub fn measure() -> io::Result<Peak> {
    let folder = tempfile::tempdir()?;
    let peak = |length: usize| {
        let source = folder.path().join("source");
        let mut file = File::create(&source)?;
        for _ in 0..length / 1_000_000 {
            file.write_all(&vec![0x5a; 1_000_000])?;
        }
        let output = Command::new(std::env::current_exe()?)
            .arg(SEAL)
            .args([&source, &folder.path().join("target")])
            .output()?;
        String::from_utf8_lossy(&output.stdout).trim().parse().map_err(io::Error::other)
    };
    Ok(Peak { sealing: peak(100_000_000)?, idle: peak(0)? })
}

/// In the child: seals one file into another and prints the peak.
pub fn seal(source: &Path, target: &Path) -> io::Result<()> {
    let vault = Vault::new(PassportSecret::generate());
    vault.seal_file_to_path(source, target).map_err(io::Error::other)?;
    println!("{}", own_peak()?);
    Ok(())
}

/// `VmHWM` of this process (Linux), in bytes.
fn own_peak() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kibibytes.map(|kibibytes| kibibytes * 1024).ok_or_else(|| io::Error::other("the system tells no VmHWM"))
}
