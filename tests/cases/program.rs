//! Programs that a case starts.

use std::env;

use crate::cases::Unmet;

/// Whether all of these are there; beside each, the package of Debian's that has it.
pub(crate) fn all(wanted: &[(&str, &str)]) -> Result<(), Unmet> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path).collect();
    let missing =
        wanted.iter().filter(|(program, _)| !folders.iter().any(|in_it| in_it.join(program).is_file()));
    let (programs, mut packages): (Vec<&str>, Vec<&str>) = missing.copied().unzip();
    packages.dedup();
    match programs.is_empty() {
        true => Ok(()),
        false => Err(Unmet::install(format!("there is no {}", programs.join(", no ")), &packages.join(" "))),
    }
}
