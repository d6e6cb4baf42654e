//! Links TDLib into programs that may load nothing while they run: on iOS, on Android, or a static program.
//!
//! It does so only where `TDLIB_LINK_DIR` names the folder of a library that the app's author built or bought, and says
//! so. Without the variable it does nothing: TDLib is loaded at run time.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const VARIABLE: &str = "TDLIB_LINK_DIR";

/// The archives of TDLib's own static build; each needs those that follow.
const ARCHIVES: [&str; 12] = [
    "tdjson_static",
    "tdjson_private",
    "tdclient",
    "tdcore",
    "tde2e",
    "tdmtproto",
    "tdapi",
    "tddb",
    "tdsqlite",
    "tdnet",
    "tdactor",
    "tdutils",
];

/// Those that not every version of TDLib has.
const LATER: [&str; 1] = ["tde2e"];

/// What those need besides; linked from the folder where it is there, and else from the system.
const COMPANIONS: [&str; 3] = ["ssl", "crypto", "z"];

fn main() -> ExitCode {
    println!("cargo::rustc-check-cfg=cfg(tdlib_linked)");
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let Some(folder) = env::var_os(VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from) else {
        return ExitCode::SUCCESS;
    };
    if env::var_os("CARGO_FEATURE_TDLIB").is_none() {
        return ExitCode::SUCCESS;
    }
    let Some(links) = links(&folder) else {
        println!(
            "cargo::error={VARIABLE} names {}, where there is no TDLib to link: no libtdjson as a shared library, as \
             one archive or as the archives of TDLib's own build",
            folder.display()
        );
        return ExitCode::FAILURE;
    };
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rustc-link-search=native={}", folder.display());
    for link in &links {
        println!("cargo::rustc-link-lib={link}");
    }
    println!("cargo::rustc-cfg=tdlib_linked");
    println!("cargo::warning=TDLib is linked from {}, and none is loaded at run time", folder.display());
    ExitCode::SUCCESS
}

/// What the linker is given for the library in this folder.
fn links(folder: &Path) -> Option<Vec<String>> {
    let has = |name: &str| folder.join(name).is_file();
    let has_archive = |name: &str| has(&format!("lib{name}.a")) || has(&format!("{name}.lib"));
    let shared = ["libtdjson.so", "libtdjson.dylib", "libtdjson.tbd", "tdjson.dll.lib"].into_iter().any(has);
    // On Windows the shared library comes with a `.lib`, as an archive does.
    if shared || has("tdjson.dll") && has("tdjson.lib") {
        return Some(vec!["dylib=tdjson".to_owned()]);
    }
    let mut links: Vec<String> = if has_archive("tdjson") {
        vec!["static=tdjson".to_owned()]
    } else if ARCHIVES.into_iter().all(|name| LATER.contains(&name) || has_archive(name)) {
        let there = ARCHIVES.into_iter().filter(|name| has_archive(name));
        there.map(|archive| format!("static={archive}")).collect()
    } else {
        return None;
    };
    links.extend(COMPANIONS.map(|name| {
        let kind = if has_archive(name) { "static" } else { "dylib" };
        format!("{kind}={name}")
    }));
    // It is written in C++.
    let standard_library: &[&str] = match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("windows") => &[][..],
        Ok("macos" | "ios") => &["c++"],
        // The linker of the NDK knows where they are, and rustc does not: no kind is named.
        Ok("android") => &["c++_static", "c++abi"],
        _ => &["stdc++"],
    };
    links.extend(standard_library.iter().map(|&name| name.to_owned()));
    Some(links)
}
