//! A terminal shows what is typed again, however a prompt for a secret ended.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{Desk, PASSWORD, Terminal, eventually, person};

/// The process of the command line in this desk's folder, and the terminal it is on.
async fn process(desk: &Desk) -> (u32, PathBuf) {
    eventually(|| {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find_map(|number: u32| {
            let of = |name: &str| fs::read_link(format!("/proc/{number}/{name}")).ok();
            let here = of("cwd")? == desk.place.path().canonicalize().unwrap();
            (here && of("exe")?.file_name()? == "tgpassport").then_some((number, of("fd/0")?))
        })
    })
    .await
}

fn send(signal: &str, to: u32) {
    assert!(Command::new("sh").args(["-c", &format!("kill -{signal} {to}")]).status().unwrap().success());
}

fn shows_what_is_typed(terminal: &PathBuf) -> bool {
    let told = Command::new("stty").arg("-F").arg(terminal).arg("-a").output().unwrap();
    assert!(told.status.success(), "{told:?}");
    String::from_utf8(told.stdout).unwrap().split_whitespace().any(|word| word == "echo")
}

pub(crate) async fn the_terminal_shows_again_after_every_signal() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    person(&desk, "anna", 1);
    for (command, prompt) in [
        ("sandbox --person anna --password --describe other/sandbox.json", "Password for the new accounts: "),
        ("list", "Password (hint: a horse): "),
    ] {
        fs::create_dir_all(desk.place.path().join("other")).unwrap();
        for signal in ["^C", "INT", "TERM", "HUP", "QUIT"] {
            let mut terminal = Terminal::run(&desk, |program| {
                format!("trap : INT TERM HUP QUIT; {program} {command}; echo ended $?; stty -a; exit 0")
            });
            terminal.shows(prompt).await;
            let (number, device) = process(&desk).await;
            eventually(|| (!shows_what_is_typed(&device)).then_some(())).await;
            match signal {
                "^C" => terminal.types("\u{3}"),
                signal => send(signal, number),
            }
            terminal.shows("ended 5").await;
            terminal.shows("iexten ").await;
            let rest = terminal.ends_with(0).await;
            assert!(rest.starts_with("echo "), "{command}, {signal}: {rest}");
        }
    }
}

pub(crate) async fn a_stopped_prompt_leaves_a_terminal_that_shows() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let mut terminal = Terminal::open(&desk, "list");
    terminal.shows("Password (hint: a horse): ").await;
    let (number, device) = process(&desk).await;
    eventually(|| (!shows_what_is_typed(&device)).then_some(())).await;
    terminal.types("\u{1A}");
    let state = |number: u32| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap();
        stat.rsplit_once(") ").unwrap().1.chars().next()
    };
    // `script` stops with what it runs, in its own time: told to go on before that, it would stop for good.
    for stopped in [number, terminal.child.id()] {
        eventually(|| (state(stopped) == Some('T')).then_some(())).await;
    }
    assert!(shows_what_is_typed(&device), "the shell's");
    send("CONT", terminal.child.id());
    send("CONT", number);
    eventually(|| (!shows_what_is_typed(&device)).then_some(())).await;
    terminal.types(&format!("{PASSWORD}\n"));
    let screen = terminal.ends_with(0).await;
    assert!(!screen.contains(PASSWORD), "what is typed unseen is not seen");
}
