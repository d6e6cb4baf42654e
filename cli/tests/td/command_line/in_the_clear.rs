//! Pictures in the clear: where they may lie while a command runs, and that none does when it has ended.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use telegram_passport::element::{ElementType, Part};
use telegram_passport::scan;
use telegram_passport_sandbox::dc::Fault;

use super::{Desk, PASSWORD, Running, of_kind, person};
use crate::conformance::pictures::telling;
use crate::signals;

const SIGNALS: [&str; 4] = ["INT", "TERM", "HUP", "KILL"];

/// Files that hold a piece of one of these pictures: the account's, TDLib's, the system's temporary ones.
fn traces(desk: &Desk, pictures: &[&[u8]]) -> Vec<PathBuf> {
    let places = ["home", "temporary"].map(|place| desk.place.path().join(place));
    let mut files: Vec<PathBuf> = places.iter().flat_map(|place| files_below(place)).collect();
    files.retain(|file| {
        // It may be gone by now.
        let contents = fs::read(file).unwrap_or_default();
        pictures.iter().any(|picture| {
            let piece = &picture[picture.len() / 2..][..64];
            contents.windows(64).any(|window| window == piece)
        })
    });
    files
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn assert_private(desk: &Desk, found: &[PathBuf]) {
    for file in found {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(file), 0o600, "{}", file.display());
        assert!(file.starts_with(desk.account()), "{}", file.display());
        assert_eq!(mode(file.parent().unwrap()), 0o700, "{}", file.display());
    }
}

fn start(desk: &Desk, arguments: &[&str]) -> Running {
    let mut command =
        desk.command(&[&["--json"], arguments, &["--password-stdin", "--accept-risk"]].concat());
    command.env("TMPDIR", desk.place.path().join("temporary"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(command.spawn().unwrap());
    running.type_line(PASSWORD);
    running
}

/// Sends the signal until the process has ended: the first asks it to come to an end, another does not wait for it.
async fn end(mut child: Child, signal: &str) {
    let mut ended = child.try_wait().unwrap();
    while ended.is_none() {
        signals::send(signal, &child);
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            ended = child.try_wait().unwrap();
            if ended.is_some() {
                break;
            }
        }
    }
    let code = ended.and_then(|status| status.code());
    assert_eq!(code.is_none(), signal == "KILL", "{signal}: {code:?}");
}

async fn ready() -> Desk {
    let desk = Desk::new(PASSWORD).await;
    fs::create_dir(desk.place.path().join("temporary")).unwrap();
    desk.sign_in().await;
    desk
}

/// Nothing is left after a signal that can be heard, and nothing after the next opening where none could.
async fn nothing_is_left(desk: &Desk, signal: &str, pictures: &[&[u8]]) {
    desk.data_centres.faults().clear();
    if signal == "KILL" {
        assert_ne!(traces(desk, pictures), Vec::<PathBuf>::new(), "else there is nothing to sweep");
        desk.run(&["status"], "").await.answer();
    }
    assert_eq!(traces(desk, pictures), Vec::<PathBuf>::new(), "{signal}");
    let plain = desk.account().join("session/plain");
    assert_eq!(fs::read_dir(plain).unwrap().count(), 0, "{signal}");
}

pub(crate) async fn pictures_in_the_clear_go_with_every_signal() {
    let desk = ready().await;
    let anna = person(&desk, "anna", 1);
    let front = of_kind(&anna, ElementType::Passport).file(Part::FrontSide).unwrap().as_bytes();
    for signal in SIGNALS {
        // The upload never gets through.
        let never = Fault::ConnectionDropped { method: "upload.saveFilePart" };
        desk.data_centres.faults().inject(never, 10_000);
        let picture = desk.path("anna/passport/front_side.jpg");
        let mut running = start(&desk, &["put", "passport", "--front", &picture, "--set", "document_no=1"]);
        let laid_out = || Some(traces(&desk, &[front])).filter(|found| !found.is_empty());
        let found = running.meanwhile(laid_out).await;
        assert_private(&desk, &found);
        end(running.0, signal).await;
        nothing_is_left(&desk, signal, &[front]).await;
    }
}

pub(crate) async fn what_is_shown_goes_with_every_signal() {
    let desk = ready().await;
    let anna = person(&desk, "anna", 1);
    desk.put_from("anna", &["passport"]).await;
    let passport = of_kind(&anna, ElementType::Passport);
    let pictures: Vec<&[u8]> = passport.files().map(|(_, file)| file.as_bytes()).collect();
    let parts = || desk.data_centres.calls().get("upload.getFile").copied().unwrap_or_default();
    let before = parts();
    start(&desk, &["show", "passport", "--out", "whole"]).ended().await.answer();
    let half = u32::try_from(parts() - before).unwrap() / 2;
    for signal in SIGNALS {
        // Some of the scans come, the rest never does.
        let never = Fault::ConnectionDropped { method: "upload.getFile" };
        desk.data_centres.faults().inject_after(half, never, 10_000);
        let mut running = start(&desk, &["show", "passport", "--out", "out"]);
        let aside = desk.account().join("session/plain");
        let laid_out = || {
            let found = traces(&desk, &pictures);
            Some(found).filter(|found| found.iter().any(|file| file.starts_with(&aside)))
        };
        let found = running.meanwhile(laid_out).await;
        let ours: Vec<PathBuf> = found.into_iter().filter(|file| file.starts_with(&aside)).collect();
        assert_private(&desk, &ours);
        end(running.0, signal).await;
        nothing_is_left(&desk, signal, &pictures).await;
        assert_eq!(files_below(&desk.place.path().join("out")), Vec::<PathBuf>::new(), "{signal}");
    }
}

/// `put` over either engine stores a scan, and tells the size of what it stored.
pub(crate) async fn no_thumbnail_passes_put() {
    let desk = ready().await;
    for (engine, put) in [("vault", "utility_bill"), ("tdlib", "bank_statement")] {
        for (index, (what, picture)) in telling().into_iter().enumerate() {
            fs::write(desk.path("page.jpg"), &picture).unwrap();
            let stored =
                start(&desk, &["put", put, "--engine", engine, "--file", "page.jpg"]).ended().await.answer();
            let facts = &stored["elements"][0]["scans"][0];
            let out = format!("{engine}-{index}");
            start(&desk, &["show", put, "--out", &out]).ended().await.answer();
            let page = fs::read(desk.path(&format!("{out}/{put}-files-1.jpg"))).unwrap();
            let scan = scan::accept(&page).unwrap_or_else(|error| panic!("{engine}, {what}: {error}"));
            assert!(!page.windows(3).any(|window| window == b"hid"), "{engine}, {what}");
            assert_eq!(facts["bytes"], page.len(), "{engine}, {what}");
            assert_eq!((&facts["width"], &facts["height"]), (&scan.width().into(), &scan.height().into()));
        }
    }
}
