//! What becomes of a folder of pictures: which are taken, which are refused and why.
//!
//! ```text
//! TGPASSPORT_PICTURES=folder cargo run --release --example picture_table [OUT]
//! ```
//!
//! The decoder is held against what people really have: public sets of pictures, such as those that libraries test
//! with. One line tells of each file; the last ones sum up. With OUT each scan is written there, to be looked at.

#![allow(clippy::print_stdout)] // it is a program that prints a table

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use telegram_passport::scan::{self, ScanError};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder =
        PathBuf::from(env::var_os("TGPASSPORT_PICTURES").ok_or("TGPASSPORT_PICTURES names no folder")?);
    let out = env::args_os().nth(1).map(PathBuf::from);
    let mut files = Vec::new();
    gather(&folder, &mut files)?;
    files.sort();
    // The decoder reports a panic of third-party code as damage; here it would only disturb the table.
    std::panic::set_hook(Box::new(|_| {}));
    let mut sums: BTreeMap<&str, usize> = BTreeMap::new();
    for file in &files {
        let shown = file.strip_prefix(&folder).unwrap_or(file).display().to_string();
        let (sort, told) = match scan::prepare(&fs::read(file)?) {
            Ok(scan) => {
                if let Some(out) = &out {
                    let target = out.join(format!("{}.jpg", shown.replace('/', "+")));
                    fs::create_dir_all(out)?;
                    fs::write(target, scan.as_bytes())?;
                }
                let remarks: Vec<String> = scan.remarks().iter().map(ToString::to_string).collect();
                ("taken", format!("{}×{}; {}", scan.width(), scan.height(), remarks.join("; ")))
            }
            Err(error) => (sort(&error), error.to_string()),
        };
        *sums.entry(sort).or_default() += 1;
        println!("{sort:<12} {shown}\t{told}");
    }
    println!("\n{} files", files.len());
    for (sort, count) in sums {
        println!("{count:>6} {sort}");
    }
    Ok(())
}

fn sort(error: &ScanError) -> &'static str {
    match error {
        ScanError::NotAPicture | ScanError::Empty => "no picture",
        ScanError::Foreign(_) => "foreign",
        ScanError::Truncated(_) => "cut off",
        ScanError::Damaged(_) => "damaged",
        ScanError::Unsupported { .. } => "unsupported",
        _ => "too large",
    }
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
